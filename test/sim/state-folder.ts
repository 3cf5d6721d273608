// The state folder on a disk that forgets at a crash what was not synced: bytes are torn, names are as they were.

import { addressOf, DEAD_LETTERS, type DeadLetter, readEntry } from '../../src/state/dead-letter.ts'
import { inLinesOfTheirOwn } from '../../src/state/dead-letters.ts'
import type { AppendFile, StateFolder } from '../../src/state/folder.ts'
import { PannierError } from '../../src/support/errors.ts'
import { type Kernel, type Life, never } from './kernel.ts'

interface StateFile {
  data: Buffer
  length: number
  /** Bytes that survive a crash for sure. */
  synced: number
  /** An append to it is under way. */
  isWritten: boolean
  /** Texts that were found in those. */
  readonly seen: Set<string>
}

/** A call of the agent, and what it changes in the end. */
type Act = <T>(effect: () => T) => Promise<T>
type Change = readonly (readonly [name: string, file: StateFile | null])[]

/** Few enough that most lines are cut by them somewhere. */
const PIECE_BYTES = 1500

export class SimState {
  /** No room is left. */
  full = false
  /** How likely a sync fails. */
  syncFault = 0
  /** Addresses of letters that somebody took out. */
  readonly takenOut = new Set<string>()
  #names = new Map<string, StateFile>()
  #durable = new Map<string, StateFile>()
  /** Changes of names, in order, that a crash may undo from the end. */
  #unsynced: Change[] = []
  readonly #kernel: Kernel
  /** Called with each file that was replaced for good. */
  replaced: (name: string, bytes: Buffer) => void = () => {}

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Whether a crash at this moment would surely leave the text in a file. */
  holds(name: string, text: string): boolean {
    const file = this.#durable.get(name)
    if (file === undefined) return false
    if (file.seen.has(text)) return true
    const holds = file.data.subarray(0, file.synced).includes(text)
    if (holds) file.seen.add(text)
    return holds
  }

  /** The committed offset of a file that survives a crash; 0 when none does. */
  committed(id: string): number {
    const file = this.#durable.get('checkpoint')
    const text = file?.data.toString('latin1', 0, file.synced) ?? ''
    const at = text.lastIndexOf(`{"file":{"birth":{"id":"${id}"`)
    const offset = /"offset":(\d+)/.exec(at < 0 ? '' : text.slice(at, text.indexOf('\n', at)))
    return Number(offset?.[1] ?? 0)
  }

  crash(): void {
    const { random } = this.#kernel
    const kept = this.#unsynced.slice(0, random.between(0, this.#unsynced.length))
    for (const change of kept) apply(this.#durable, change)
    this.#unsynced = []
    for (const file of this.#durable.values()) {
      file.length = random.between(file.synced, file.length)
      file.synced = file.length
      file.isWritten = false
    }
    this.#names = new Map(this.#durable)
  }

  /** `pannier dead replay`, which may run beside the agent. Returns the number of letters. */
  takeOut(all = false): number {
    const file = this.#names.get(DEAD_LETTERS)
    const found = file === undefined ? [] : lettersOf(file.data.subarray(0, file.synced))
    const letters = found.filter(() => all || this.#kernel.random.chance(0.6))
    // What is appended in one call is in one piece.
    if (file === undefined || letters.length === 0 || file.isWritten) return 0
    for (const { file_id, offset, length } of letters) this.takenOut.add(addressOf({ file_id, offset, length }))
    const entries = letters.map(({ file_id, offset, length }) => ({ taken_out: { file_id, offset, length } }))
    put(file, inLinesOfTheirOwn(1, entries))
    file.synced = file.length
    return letters.length
  }

  /** What a crash at this moment would surely leave of them. */
  deadLetters(): DeadLetter[] {
    const file = this.#durable.get(DEAD_LETTERS)
    return file === undefined ? [] : lettersOf(file.data.subarray(0, file.synced))
  }

  /** A pod is started anew: nothing of the folder is left. */
  wipe(): void {
    this.#names = new Map()
    this.#durable = new Map()
    this.#unsynced = []
  }

  connect(life: Life): StateFolder {
    // Between the point and what it lets happen the process may have died by another of its calls: the dead change nothing.
    const act: Act = async (effect) => {
      await this.#kernel.point(life)
      return life.alive ? effect() : never()
    }
    const read = async (name: string): Promise<Buffer | null> => {
      const file = await act(() => {
        const found = this.#names.get(name)
        // What is read is durable: a process that was killed may have left it unsynced.
        if (found !== undefined) found.synced = found.length
        return found
      })
      await this.#syncFolder(act)
      return file === undefined ? null : Buffer.from(file.data.subarray(0, file.length))
    }
    return {
      path: '/state',
      read,
      stream: async (name, take) => inPieces(await read(name), take),
      list: () => act(() => [...this.#names.keys()].toSorted()),
      replace: async (name, bytes) => {
        const file = newFile()
        await this.#write(file, bytes, act)
        await this.#syncFile(file, act)
        await act(() => this.#change([[name, file]]))
        await this.#syncFolder(act)
        this.replaced(name, bytes)
      },
      rename: async (from, to) => {
        await act(() => {
          const file = this.#names.get(from)
          if (file === undefined) throw new PannierError(`${from} is absent`, { code: 'STATE_FOLDER' })
          this.#change([
            [to, file],
            [from, null],
          ])
        })
        await this.#syncFolder(act)
      },
      remove: async (name) => {
        const was = await act(() => {
          if (this.#names.has(name)) this.#change([[name, null]])
          else return false
          return true
        })
        if (was) await this.#syncFolder(act)
      },
      openAppend: (name) => this.#openAppend(name, act),
    }
  }

  async #openAppend(name: string, act: Act): Promise<AppendFile> {
    const opened = await act(() => {
      const known = this.#names.get(name)
      if (known !== undefined) return known
      const made = newFile()
      this.#change([[name, made]])
      return made
    })
    if (opened.length === 0) await this.#syncFolder(act)
    let size = opened.length
    let torn = false
    return {
      get size() {
        return size
      },
      append: async (bytes) => {
        if (torn) throw new PannierError('torn', { code: 'STATE_TORN' })
        torn = true
        await this.#write(opened, bytes, act)
        await this.#syncFile(opened, act)
        torn = false
        size += bytes.length
      },
      isThere: async () => this.#names.get(name) === opened,
      close: () => act(() => {}),
    }
  }

  async #write(file: StateFile, bytes: Buffer, act: Act): Promise<void> {
    file.isWritten = true
    const half = this.#kernel.random.between(0, bytes.length)
    await act(() => put(file, bytes.subarray(0, half)))
    await act(() => {
      file.isWritten = false
      if (this.full) throw new PannierError('no space is left', { code: 'STATE_DISK_FULL', retriable: true })
      put(file, bytes.subarray(half))
    })
  }

  async #syncFile(file: StateFile, act: Act): Promise<void> {
    await act(() => {
      if (this.#kernel.random.chance(this.syncFault))
        throw new PannierError('told so', { code: 'STATE_IO', retriable: true })
      file.synced = file.length
    })
  }

  #change(change: Change): void {
    apply(this.#names, change)
    this.#unsynced.push(change)
  }

  async #syncFolder(act: Act): Promise<void> {
    await act(() => {
      for (const change of this.#unsynced) apply(this.#durable, change)
      this.#unsynced = []
    })
  }
}

async function inPieces(bytes: Buffer | null, take: (piece: Buffer) => void | Promise<void>): Promise<boolean> {
  for (let at = 0; at < (bytes?.length ?? 0); at += PIECE_BYTES)
    await take((bytes as Buffer).subarray(at, at + PIECE_BYTES))
  return bytes !== null
}

/** That were not taken out. */
function lettersOf(bytes: Buffer): DeadLetter[] {
  const letters = new Map<string, DeadLetter>()
  for (const line of bytes.toString('latin1').split('\n')) {
    const entry = readEntry(Buffer.from(line, 'latin1'))
    if (entry?.kind === 'taken_out') letters.delete(addressOf(entry.address))
    if (entry?.kind === 'letter')
      letters.set(addressOf(entry.head), JSON.parse(Buffer.from(line, 'latin1').toString()) as DeadLetter)
  }
  return [...letters.values()]
}

const newFile = (): StateFile => ({
  data: Buffer.allocUnsafe(2048),
  length: 0,
  synced: 0,
  isWritten: false,
  seen: new Set(),
})

function apply(names: Map<string, StateFile>, change: Change): void {
  for (const [name, file] of change) {
    if (file === null) names.delete(name)
    else names.set(name, file)
  }
}

function put(file: StateFile, bytes: Buffer): void {
  const end = file.length + bytes.length
  if (end > file.data.length) {
    const larger = Buffer.allocUnsafe(Math.max(end, 2 * file.data.length))
    file.data.copy(larger, 0, 0, file.length)
    file.data = larger
  }
  file.data.set(bytes, file.length)
  file.length = end
}
