/** A state folder in memory whose disk can stop in the middle of a step, be full, or be unreadable. */
import { type AppendFile, type StateFolder } from '../../src/state/folder.ts'
import { PannierError } from '../../src/support/errors.ts'

export type Disk = Map<string, Buffer>

/** How far the step that fails comes: not at all, an append cut in its middle, or done but never reported. */
export type Reach = 'nothing' | 'half' | 'all'

export interface Fault {
  /** Counted from 1 over all changing steps. */
  readonly step: number
  readonly reach: Reach
  /** `crash`: nothing works afterwards. `full`: this step fails and all following ones work. */
  readonly kind: 'crash' | 'full'
}

export class MemoryFolder implements StateFolder {
  readonly path = '/state'
  readonly disk: Disk
  readonly unreadable = new Set<string>()
  /** Bytes of every append, in order. */
  readonly appends: number[] = []
  steps = 0
  full = false
  #fault: Fault | null
  #dead = false

  constructor(disk: Disk, fault: Fault | null = null) {
    this.disk = disk
    this.#fault = fault
  }

  async read(name: string): Promise<Buffer | null> {
    this.#alive()
    if (this.unreadable.has(name)) throw new PannierError('unreadable', { code: 'STATE_IO', retriable: true })
    const bytes = this.disk.get(name)
    return bytes === undefined ? null : Buffer.from(bytes)
  }

  async stream(name: string, take: (piece: Buffer) => void | Promise<void>): Promise<boolean> {
    const bytes = await this.read(name)
    // Pieces that end anywhere, in one buffer, as a real folder hands them over.
    const piece = Buffer.alloc(97)
    for (let at = 0; at < (bytes?.length ?? 0); at += piece.length)
      await take(piece.subarray(0, (bytes as Buffer).copy(piece, 0, at, at + piece.length)))
    return bytes !== null
  }

  async list(): Promise<string[]> {
    this.#alive()
    return [...this.disk.keys()].toSorted()
  }

  async replace(name: string, bytes: Buffer): Promise<void> {
    this.#change(this.full, (reach) => {
      if (reach === 'all') this.disk.set(name, Buffer.from(bytes))
    })
  }

  async rename(from: string, to: string): Promise<void> {
    const bytes = this.disk.get(from)
    if (bytes === undefined) throw new PannierError(`${from} is absent`, { code: 'STATE_FOLDER' })
    this.#change(false, (reach) => {
      if (reach !== 'all') return
      this.disk.set(to, bytes)
      this.disk.delete(from)
    })
  }

  async remove(name: string): Promise<void> {
    this.#change(false, (reach) => {
      if (reach === 'all') this.disk.delete(name)
    })
  }

  async openAppend(name: string): Promise<AppendFile> {
    this.#change(false, (reach) => {
      if (reach === 'all' && !this.disk.has(name)) this.disk.set(name, Buffer.alloc(0))
    })
    return this.#appendFile(name)
  }

  #appendFile(name: string): AppendFile {
    const inode = { name, bytes: this.disk.get(name) ?? Buffer.alloc(0) }
    let size = inode.bytes.length
    let torn = false
    return {
      get size() {
        return size
      },
      append: async (bytes) => {
        if (torn) throw new Error('appended to a torn file')
        torn = true
        this.appends.push(bytes.length)
        this.#change(this.full, (reach) => {
          const part = reach === 'all' ? bytes.length : reach === 'half' ? Math.floor(bytes.length / 2) : 0
          inode.bytes = Buffer.concat([inode.bytes, bytes.subarray(0, part)])
          this.disk.set(name, inode.bytes)
        })
        torn = false
        size += bytes.length
      },
      isThere: async () => this.disk.get(name) === inode.bytes,
      close: async () => this.#alive(),
    }
  }

  #change(full: boolean, change: (reach: Reach) => void): void {
    this.#alive()
    this.steps += 1
    const failing = this.#fault !== null && this.steps === this.#fault.step ? this.#fault : null
    if (failing === null && !full) return change('all')
    change(failing?.reach ?? 'half')
    this.#dead = failing?.kind === 'crash'
    throw new PannierError('no space is left', { code: 'STATE_DISK_FULL', retriable: true })
  }

  #alive(): void {
    if (this.#dead) throw new PannierError('the machine is off', { code: 'OFF' })
  }
}
