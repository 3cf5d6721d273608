/** Durable state as a sequence of commits: what checkpoint, births and sessions are kept in. Format: journal-lines.ts. */
import { PannierError } from '../support/errors.ts'
import type { AppendFile, StateFolder } from './folder.ts'
import { changed, TAKEN_AWAY, vanished } from './journal-fault.ts'
import { committed, headerLine, inPieces, linesOf, startedLines } from './journal-lines.ts'
import { nextName, previousName, type Recovered, type Recovery, recover } from './journal-recover.ts'
import { replayer } from './journal-scan.ts'

export type { Damage, Recovery } from './journal-recover.ts'

export interface JournalOptions<R> {
  /** The file's name in the state folder, for example `checkpoint`. */
  readonly name: string
  readonly format: string
  readonly version: number
  /**
   * All live records, asked for when a new generation must begin. Records committed at that moment are written after it, so it does not
   * matter whether they are already among it, as long as applying a record twice is the same as once.
   */
  readonly snapshot: () => Iterable<R>
  /** Default: JSON.parse. */
  readonly parse?: (json: string) => R
}

export interface Journal<R> {
  readonly generation: number
  /** Bytes of the current generation's file. */
  readonly size: number
  /** The next commit begins a new generation: what the snapshot holds needs no commit then, but `compact`. */
  readonly mustBegin: boolean
  /**
   * Durable as a whole or not at all; nothing is written for no records. Each is asked for when it is written, so that many of them
   * never stand in memory at once. After a rejection the next call begins a new generation.
   */
  commit(records: Iterable<R>): Promise<void>
  /**
   * Sees to it that what was committed is on disk under its name: after a failure, or where somebody took the file or its folder away,
   * it is written anew, and the reason returned. Costs a look when all is well.
   */
  mend(): Promise<string | null>
  shouldCompact(liveBytesEstimate: number): boolean
  /** Begins a new generation with `live` (default: the snapshot of the options). The records must not change until it resolves. */
  compact(live?: Iterable<R>): Promise<void>
  close(): Promise<void>
}

const COMPACT_ABOVE_BYTES = 4 * 1024 * 1024
/** A start reads the whole file: it must not be many times what lives in it. */
const COMPACT_ABOVE_LIVE = 1

/**
 * `apply` is given the records of the whole commits, in order; where others came among them, `reset` is called and all that count come
 * again. Rejects with STATE_VERSION, touching nothing, for a newer format.
 */
export async function openJournal<R>(
  folder: StateFolder,
  options: JournalOptions<R>,
  apply: (record: R) => void,
  reset: () => void,
): Promise<{ journal: Journal<R>; recovery: Recovery }> {
  const { parse = JSON.parse } = options
  const read = (json: string): void => apply(parse(json))
  const recovered = await recover(folder, options, read)
  const { chosen } = recovered
  if (chosen?.visited !== true) reset()
  if (chosen?.visited === false) {
    const replaying = replayer(chosen.scan, read)
    await folder.stream(chosen.file, (piece) => replaying.push(piece))
  }
  const { source, lostCommits } = recovered.recovery
  // An interrupted compaction is undone: were the next generation lost too, a later start would take the current one for lost.
  if (source === 'previous' && lostCommits === 'none')
    await folder.rename(previousName(options.name), options.name).catch(() => undefined)
  return { journal: new FolderJournal(folder, options, recovered), recovery: recovered.recovery }
}

class FolderJournal<R> implements Journal<R> {
  readonly #folder: StateFolder
  readonly #options: JournalOptions<R>
  #generation: number
  #lastCommit: number
  #size = 0
  #compactedSize = 0
  /** Nothing may be appended to the current file: there is none, or it ends in torn bytes, or has an older format. */
  #mustBegin = true
  /** Whether the current file holds the state, so that it is worth to become the previous one. */
  #currentIsGood = false
  #file: AppendFile | null = null
  #closed = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(folder: StateFolder, options: JournalOptions<R>, recovered: Recovered) {
    this.#folder = folder
    this.#options = options
    this.#generation = recovered.generation
    this.#lastCommit = recovered.lastCommit
    if (recovered.recovery.source !== 'current' || recovered.chosen === null) return
    const { size, scan } = recovered.chosen
    this.#currentIsGood = true
    this.#size = size
    this.#compactedSize = scan.snapshotEnd
    this.#mustBegin = scan.flaw !== null || scan.header?.version !== options.version
  }

  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#size
  }

  get mustBegin(): boolean {
    return this.#mustBegin
  }

  async commit(records: Iterable<R>): Promise<void> {
    const lines = startedLines(records)
    if (lines === null) return
    await this.#inTurn(() => (this.#mustBegin ? this.#begin(this.#options.snapshot(), lines) : this.#append(lines)))
  }

  async mend(): Promise<string | null> {
    // Nothing was ever committed.
    if (this.#size === 0) return null
    let reason: string | null = null
    await this.#inTurn(async () => {
      if (!this.#mustBegin) reason = await this.#whatIsWrong()
      if (this.#mustBegin || reason !== null) await this.#begin(this.#options.snapshot(), null)
    })
    return reason
  }

  shouldCompact(liveBytesEstimate: number): boolean {
    const appended = this.#size - this.#compactedSize
    return appended > COMPACT_ABOVE_BYTES && appended > COMPACT_ABOVE_LIVE * liveBytesEstimate
  }

  async compact(live?: Iterable<R>): Promise<void> {
    await this.#inTurn(() => this.#begin(live ?? this.#options.snapshot(), null))
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#closeFile())
    this.#closed = true
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(() => {
      if (!this.#closed) return work()
      throw new PannierError(`the journal ${this.#options.name} is closed`, { code: 'STATE_CLOSED' })
    })
    this.#turn = run.catch(() => undefined)
    return run
  }

  async #append(lines: Iterable<string>): Promise<void> {
    this.#lastCommit += 1
    try {
      this.#file ??= await this.#openCurrent()
      for (const piece of inPieces(committed(lines, this.#lastCommit))) await this.#file.append(piece)
      if (!(await this.#file.isThere())) throw vanished(this.#path)
      this.#size = this.#file.size
    } catch (error) {
      this.#mustBegin = true
      throw error
    }
  }

  /** What somebody else did to the current file; null when it is as it was left. */
  async #whatIsWrong(): Promise<string | null> {
    try {
      this.#file ??= await this.#openCurrent()
      return (await this.#file.isThere()) ? null : TAKEN_AWAY
    } catch (error) {
      if (error instanceof PannierError && error.code === 'STATE_CHANGED') return error.message
      this.#mustBegin = true
      throw error
    }
  }

  async #openCurrent(): Promise<AppendFile> {
    const file = await this.#folder.openAppend(this.#options.name)
    if (file.size === this.#size) return file
    await file.close()
    this.#currentIsGood = false
    throw changed(this.#path, file.size, this.#size)
  }

  /**
   * Two renames that a crash may separate: current to previous, next to current. Before the second one the previous file holds all that
   * was ever reported as durable; a current file that is not good never replaces it.
   */
  async #begin(live: Iterable<R>, lines: Iterable<string> | null): Promise<void> {
    const { name } = this.#options
    const size = await this.#writeNext(live, lines)
    await this.#closeFile()
    this.#mustBegin = true
    if (this.#currentIsGood && (await this.#folder.list()).includes(name))
      await this.#folder.rename(name, previousName(name))
    await this.#folder.rename(nextName(name), name)
    this.#currentIsGood = true
    this.#mustBegin = false
    this.#generation += 1
    this.#size = size
    this.#compactedSize = size
  }

  async #writeNext(live: Iterable<R>, lines: Iterable<string> | null): Promise<number> {
    const next = nextName(this.#options.name)
    try {
      await this.#folder.remove(next)
      const file = await this.#folder.openAppend(next)
      try {
        for (const piece of inPieces(this.#generationLines(live, lines))) await file.append(piece)
      } finally {
        await file.close()
      }
      return file.size
    } catch (error) {
      // A full disk needs the room back; and what failed now is not tried again before as much has been appended once more.
      await this.#folder.remove(next).catch(() => undefined)
      this.#compactedSize = this.#size
      throw error
    }
  }

  *#generationLines(live: Iterable<R>, lines: Iterable<string> | null): Generator<string> {
    const { format, version } = this.#options
    yield headerLine({ format, version, generation: this.#generation + 1 })
    this.#lastCommit += 1
    yield* committed(linesOf(live), this.#lastCommit)
    if (lines === null) return
    this.#lastCommit += 1
    yield* committed(lines, this.#lastCommit)
  }

  get #path(): string {
    return `${this.#folder.path}/${this.#options.name}`
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }
}
