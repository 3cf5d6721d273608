// Gives a file a name that nobody has: nothing is ever overwritten.

import { type Disk, inodeKey } from '../files/disk.ts'
import { fileAt } from '../files/sight.ts'
import { systemCode } from '../support/errors.ts'
import type { Mover } from './mover.ts'

interface Parts {
  readonly disk: Disk
  readonly mover: Mover
}

/** The file system has no hard links, or not this one. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

export class Naming {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The first of `names` that is free becomes the name of what is at `from`, which is its only other one. Returns it. */
  async give(from: string, names: Iterable<string>): Promise<string> {
    const { name, hasBoth } = await this.add(from, names)
    if (hasBoth) await this.#parts.mover.unlink(from)
    return name
  }

  /** The same, and `from` stays where there are hard links. */
  async add(from: string, names: Iterable<string>): Promise<{ readonly name: string; readonly hasBoth: boolean }> {
    const { mover } = this.#parts
    for (const name of names) {
      try {
        // Taken by itself: of an agent that was killed before it took the other name away.
        if ((await mover.link(from, name)) === 'linked' || this.areOne(from, name)) return { name, hasBoth: true }
      } catch (error) {
        if (!NO_LINKS.has(systemCode(error) ?? '')) throw error
        if ((await mover.renameTo(from, name)) === 'renamed') return { name, hasBoth: false }
      }
    }
    throw new Error('no name is free')
  }

  /** Both are names of one file, and neither is a link to the other. */
  areOne(one: string, other: string): boolean {
    const { disk } = this.#parts
    const [a, b] = [fileAt(disk, one), fileAt(disk, other)]
    if (a === null || b === null || inodeKey(a) !== inodeKey(b)) return false
    return disk.resolve(one) !== disk.resolve(other)
  }
}
