/** Keeps the heartbeat file moving while the agent runs, and notices when somebody else has taken it. */
import { open, rm } from 'node:fs/promises'
import { isAbsent } from './folder-fault.ts'
import { type Claim, claimText, createClaim, type Holder, observe, parseClaim, replaceClaim } from './lock-claim.ts'

export class Heartbeat {
  readonly #path: string
  readonly #mine: Claim
  readonly #onLost: (holder: Holder) => void
  readonly #onMade: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #beating: Promise<void> | null = null

  /** @param onMade called when the file was gone and is made again, perhaps in another folder of that name */
  constructor(path: string, mine: Claim, beat: number, onLost: (holder: Holder) => void, onMade: () => Promise<void>) {
    this.#path = path
    this.#mine = mine
    this.#onLost = onLost
    this.#onMade = onMade
    this.#timer = setInterval(() => this.#tick(), beat).unref()
  }

  /** Gives the file back, if it is still ours. What cannot be removed is found dead by the next agent. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
    const found = await observe(this.#path).catch(() => null)
    if (found?.claim?.token === this.#mine.token) await rm(this.#path, { force: true }).catch(() => undefined)
  }

  #tick(): void {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null
    })
  }

  /** A beat that fails is only missed: a full or absent disk is told by whoever writes the state. */
  async #beat(): Promise<void> {
    try {
      const other = await this.#touch()
      if (other === null) return
      clearInterval(this.#timer)
      this.#onLost({ host: other.host, pid: other.pid, since: other.started })
    } catch (error) {
      if (!isAbsent(error)) return
      if (await createClaim(this.#path, this.#mine).catch(() => false)) await this.#onMade().catch(() => {})
    }
  }

  /**
   * Writes the same bytes over themselves, through one handle: the time is then the file system's own (utimes would send ours, and two
   * hosts may differ), and a file that was renamed over ours in between is not harmed.
   */
  async #touch(): Promise<Claim | null> {
    const handle = await open(this.#path, 'r+')
    try {
      const claim = parseClaim(await handle.readFile('utf8'))
      if (claim !== null && claim.token !== this.#mine.token) return claim
      if (claim === null) await replaceClaim(this.#path, this.#mine)
      else await handle.write(claimText(this.#mine), 0).catch(() => handle.utimes(new Date(), new Date()))
      return null
    } finally {
      await handle.close()
    }
  }
}
