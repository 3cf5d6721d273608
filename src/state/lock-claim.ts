/** The heartbeat file `lock`: who holds the state, written so that agents on other systems can tell the living from the dead. */
import { randomUUID } from 'node:crypto'
import { open, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { systemCode } from '../support/errors.ts'
import { isAbsent } from './folder-fault.ts'

export interface Holder {
  readonly host: string
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
}

export interface Claim {
  readonly host: string
  readonly pid: number
  readonly started: string
  /** The network namespace, within which an abstract socket decides; null where the system has none. */
  readonly net: string | null
  readonly boot: string | null
  /** Tells two starts with the same host and pid apart, as in restarted containers. */
  readonly token: string
}

export interface Sighting {
  readonly text: string
  /** Nanoseconds, by the clock of the file's system. */
  readonly modified: bigint
  /** Null when the text is no claim. */
  readonly claim: Claim | null
  readonly holder: Holder | null
}

export async function describeSelf(host: string, pid: number, now: number): Promise<Claim> {
  const net = await readlink('/proc/self/ns/net').catch(() => null)
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null)
  return { host, pid, started: new Date(now).toISOString(), net, boot: boot?.trim() ?? null, token: randomUUID() }
}

/** Null when nobody claims. Opened anew each time: NFS looks at the server's times only then. */
export async function observe(path: string): Promise<Sighting | null> {
  try {
    const handle = await open(path, 'r')
    try {
      const { mtimeNs } = await handle.stat({ bigint: true })
      const text = await handle.readFile('utf8')
      const claim = parseClaim(text)
      const holder = claim === null ? null : { host: claim.host, pid: claim.pid, since: claim.started }
      return { text, modified: mtimeNs, claim, holder }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

export function claimText(claim: Claim): string {
  return `${JSON.stringify(claim)}\n`
}

export function parseClaim(text: string): Claim | null {
  try {
    const claim: Partial<Claim> | null = JSON.parse(text)
    const { host, pid, started, net = null, boot = null, token = '' } = claim ?? {}
    return host === undefined || pid === undefined || started === undefined
      ? null
      : { host, pid, started, net, boot, token }
  } catch {
    return null
  }
}

/** False when somebody else was faster. */
export async function createClaim(path: string, claim: Claim): Promise<boolean> {
  try {
    await writeFile(path, claimText(claim), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

export async function replaceClaim(path: string, claim: Claim): Promise<void> {
  const unfinished = `${path}.${claim.token}.unfinished`
  try {
    await writeFile(unfinished, claimText(claim), { mode: 0o600 })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Whether a file was last written more than `age` ms ago, by the clock that writes its times; false where that cannot be found out. */
export async function writtenBefore(path: string, found: Sighting, age: number): Promise<boolean> {
  const probe = `${path}.${randomUUID()}.unfinished`
  try {
    await writeFile(probe, '')
    const { mtimeNs } = await stat(probe, { bigint: true })
    return mtimeNs - found.modified > BigInt(age) * 1_000_000n
  } catch {
    return false
  } finally {
    await rm(probe, { force: true }).catch(() => undefined)
  }
}
