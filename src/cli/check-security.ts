// What `check` says of the agent's own certificate: a broker would only tell when it is too late.

import type { SecurityConfig } from '../config/security-config.ts'
import { ownCertificate } from '../kafka/security/tls.ts'
import { count, type Finding, fail, ok, warn } from './finding.ts'

const DAY = 86_400_000
/** Time enough to have a new one issued. */
const SOON_DAYS = 14

export function checkSecurity({ ssl }: SecurityConfig, now: number = Date.now()): Finding[] {
  const certificate = ownCertificate(ssl)
  // One that cannot be read is told by every broker that is asked.
  if (certificate === null) return []
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const subject = `ssl_cert ${ssl?.cert ?? ''}`
  const hint = 'put a new one in its place: it is read for each connection, and nothing need be restarted'
  if (until <= now) return [fail(`${subject}: expired on ${date(until)}`, hint)]
  if (from > now) return [fail(`${subject}: is not valid before ${date(from)}`, "compare this host's clock")]
  const days = Math.floor((until - now) / DAY)
  if (days < SOON_DAYS) return [warn(`${subject}: expires on ${date(until)}, in ${count(days, 'day')}`, hint)]
  return [ok(`${subject}: valid until ${date(until)}`)]
}

const date = (time: number): string => new Date(time).toISOString().slice(0, 10)
