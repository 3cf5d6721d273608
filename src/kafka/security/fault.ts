// Why the agent and a broker do not trust each other, each reason by its own name and with what to do about it.

import type { SecurityConfig, SslConfig } from '../../config/security-config.ts'
import { PannierError } from '../../support/errors.ts'

export interface SecurityFault {
  /** Names the kind, for those who group what is told. */
  readonly code: string
  readonly reason: string
  readonly hint: string
}

/** What our own sockets say where the first bytes of an answer are those of a TLS alert. */
export const TLS_ANSWERED = 'PANNIER_TLS_ANSWERED'
/** What they say where the other side left after it had answered the first request alone. */
export const LEFT_EARLY = 'PANNIER_LEFT_EARLY'

const NOT_TLS = {
  code: 'TLS_NOT_SPOKEN',
  hint: 'set ssl = no, or correct [kafka_conf] brokers: a TLS listener has a port of its own',
}
const CLOCK = "compare this host's clock; if it is right, the broker needs a new certificate"

const UNKNOWN_CA =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA)$/
const REFUSED = /_ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)$/
const NOT_SPOKEN = /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST))$/
const NO_COMMON = /^ERR_SSL_(?:UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|TLSV1_ALERT_PROTOCOL_VERSION)$/

/** Null for what has nothing to do with TLS. Codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export function tlsFault(code: string, text: string, ssl: SslConfig | null): SecurityFault | null {
  if (code === TLS_ANSWERED) {
    return { code: 'TLS_WANTED', reason: 'its listener speaks TLS', hint: 'set ssl = yes, and ssl_ca to its authority' }
  }
  if (text.includes('before secure TLS connection was established')) {
    return { ...NOT_TLS, reason: 'it ends the connection at the TLS handshake, as a listener without TLS does' }
  }
  if (UNKNOWN_CA.test(code)) return unknownAuthority(code, ssl)
  if (code === 'CERT_HAS_EXPIRED') return { code: 'TLS_EXPIRED', reason: 'its certificate has expired', hint: CLOCK }
  if (code === 'CERT_NOT_YET_VALID') {
    return { code: 'TLS_EXPIRED', reason: 'its certificate is not valid yet', hint: CLOCK }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return otherName(text)
  if (REFUSED.test(code)) return refusedCertificate(code, ssl)
  if (NOT_SPOKEN.test(code)) return { ...NOT_TLS, reason: `it answers, but not with TLS (${code})` }
  if (NO_COMMON.test(code)) {
    const hint = 'allow TLS 1.2 or 1.3 there (ssl.enabled.protocols)'
    return { code: 'TLS_VERSION', reason: 'it speaks no version of TLS that is known here', hint }
  }
  if (!/^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_)/.test(code)) return null
  return { code: 'TLS_FAILED', reason: `TLS fails (${code})`, hint: "look at the broker's log, too" }
}

function unknownAuthority(code: string, ssl: SslConfig | null): SecurityFault {
  const file = ssl?.ca ?? null
  const hint =
    file === null
      ? 'set ssl_ca to the PEM file of the authority that signed it'
      : `${file} (ssl_ca) does not hold the authority that signed it: add it there`
  return { code: 'TLS_UNKNOWN_CA', reason: `its certificate is of an authority that is not known here (${code})`, hint }
}

/** `... altnames: Host: localhost. is not in the cert's altnames: DNS:kafka.example` */
function otherName(text: string): SecurityFault {
  const told = /altnames: (.*)$/s.exec(text)?.[1]?.replace("the cert's", 'its') ?? text
  const hint =
    'use such a name in [kafka_conf] brokers and in advertised.listeners, or have a certificate issued for this one'
  return { code: 'TLS_HOST_NAME', reason: `its certificate is in another name: ${told}`, hint }
}

function refusedCertificate(code: string, ssl: SslConfig | null): SecurityFault {
  if (ssl !== null && ssl.cert === null) {
    const hint = 'set ssl_cert and ssl_key'
    return { code: 'TLS_CLIENT_CERTIFICATE', reason: 'it asks for a certificate of this agent', hint }
  }
  const hint = 'is it expired, or signed by an authority that is not in its trust store (ssl.truststore)?'
  return { code: 'TLS_CLIENT_CERTIFICATE', reason: `it refuses the certificate in ${ssl?.cert ?? ''} (${code})`, hint }
}

/** Null for what has nothing to do with logging in. */
export function saslFault(type: string, text: string, { sasl }: SecurityConfig): SecurityFault | null {
  if (type === LEFT_EARLY && sasl === null) {
    const reason = 'it ends the connection after the greeting, as a listener does that wants a login'
    return {
      code: 'SASL_WANTED',
      reason,
      hint: 'set sasl, sasl_username and sasl_password_file, or use another listener',
    }
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    const hint = 'set sasl = none, or correct [kafka_conf] brokers: a listener with SASL has a port of its own'
    return { code: 'SASL_NOT_SPOKEN', reason: 'its listener knows no login (SASL)', hint }
  }
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || /mechanism is not supported by the server/.test(text)) {
    const reason = `its listener does not take sasl = ${sasl?.mechanism ?? 'none'}`
    return { code: 'SASL_MECHANISM', reason, hint: 'set sasl to one of its sasl.enabled.mechanisms' }
  }
  return null
}

/** Our own error below those that kafkajs wraps it in. */
export function ownError(error: unknown): PannierError | null {
  const seen = new Set<unknown>()
  for (let next = error; next instanceof Error && !seen.has(next); next = next.cause ?? originalOf(next)) {
    if (next instanceof PannierError) return next
    seen.add(next)
  }
  return null
}

const originalOf = (error: Error): unknown => ('originalError' in error ? error.originalError : undefined)
