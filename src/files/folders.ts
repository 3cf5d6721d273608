// The folders of vanished files, each listed once in a look: a folder that cannot be asked proves nothing (forgetting).

import { dirname, join } from 'node:path'
import { type Disk, inodeKey } from './disk.ts'
import type { TrackedFile } from './tracked-file.ts'

interface Content {
  readonly dev: bigint
  readonly inodes: ReadonlySet<string>
}

export class Folders {
  readonly #disk: Disk
  readonly #contents = new Map<string, Promise<Content | null>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Its folder was listed without error, on the device that the file was on, and does not hold it. */
  async lack(file: TrackedFile): Promise<boolean> {
    const folder = dirname(file.path)
    let asked = this.#contents.get(folder)
    if (asked === undefined) this.#contents.set(folder, (asked = this.#ask(folder)))
    const content = await asked
    if (content === null || content.dev !== file.identity.dev) return false
    // The inode of an ended file is another one's by now.
    return file.life === 'ended' || !content.inodes.has(inodeKey(file.identity))
  }

  async #ask(folder: string): Promise<Content | null> {
    try {
      const names = await this.#disk.list(folder)
      const self = this.#disk.peek(folder)
      return self === null
        ? null
        : { dev: self.dev, inodes: new Set(names.flatMap((name) => this.#keyOf(join(folder, name)))) }
    } catch {
      return null
    }
  }

  #keyOf(path: string): string[] {
    try {
      const stat = this.#disk.peek(path)
      return stat === null ? [] : [inodeKey(stat)]
    } catch {
      return []
    }
  }
}
