// What must be true in the end, when all faults are over: nothing that could be read is missing, nothing has two file ids.

import type { Content } from '../content.ts'
import type { SimFiles } from '../files.ts'
import type { Kernel } from '../kernel.ts'
import type { Entry, Ledger } from './ledger.ts'
import { firstHole } from './spans.ts'

export class Ends {
  readonly #kernel: Kernel
  readonly #files: SimFiles
  readonly #ledger: Ledger
  /** Whether a path is one that the agent was told to ship. */
  readonly #isNamed: (path: string) => boolean

  constructor(kernel: Kernel, files: SimFiles, ledger: Ledger, isNamed: (path: string) => boolean) {
    this.#kernel = kernel
    this.#files = files
    this.#ledger = ledger
    this.#isNamed = isNamed
  }

  /** The first thing that is still to be shipped; null when there is none. */
  missing(): string | null {
    const owners = this.#owners()
    for (const content of this.#files.contents) {
      const due = this.#due(content)
      if (due === 0) continue
      const entries = owners.get(content) ?? []
      const reached = Math.max(0, ...entries.map((entry) => firstHole(entry.settled, entry.file.totals.filtered, due)))
      if (reached < due)
        return `content ${content.number} (inode ${content.inode.ino}, ${content.fate}): ${reached} of ${due} bytes`
    }
    return null
  }

  /** No content was shipped under two file ids. */
  checkOwners(): void {
    for (const [content, entries] of this.#owners()) {
      const sure = entries.filter((entry) => entry.held.length > 0 && this.#ledger.candidates(entry).length === 1)
      if (sure.length > 1)
        this.#kernel.fail(
          'law 3',
          `content ${content.number} was shipped as ${sure.map(({ id }) => id.slice(0, 4)).join(' and ')}`,
        )
    }
  }

  #owners(): Map<Content, Entry[]> {
    const owners = new Map<Content, Entry[]>()
    for (const entry of this.#ledger.entries.values()) {
      for (const content of this.#ledger.candidates(entry)) {
        const entries = owners.get(content)
        if (entries === undefined) owners.set(content, [entry])
        else entries.push(entry)
      }
    }
    return owners
  }

  /** Bytes of a content that must have been shipped. */
  #due(content: Content): number {
    const { fate, inode, born, owed } = content
    if (fate === 'deleted') return owed
    if (fate === 'truncated' || inode.content !== content) return 0
    const paths = [...this.#files.names.keys()].filter((path) => this.#files.inodeAt(path) === inode)
    if (!born && !paths.some((path) => this.#isNamed(path))) return 0
    return this.#isAtHome(content, paths) ? content.linesEnd : content.length
  }

  /** The name that it was born under still leads to it, so that an unfinished line may go on. */
  #isAtHome(content: Content, paths: readonly string[]): boolean {
    const homes = [...this.#ledger.entries.values()].filter(({ numbers }) => numbers.has(content.inode.ino))
    return homes.length === 0 || homes.some(({ filename }) => paths.includes(filename))
  }
}
