// One pass over all paths, and what it came upon.

import { type Inode, inodeKey } from './disk.ts'
import type { Moment } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

export class Look {
  readonly moment: Moment
  /** Paths of `.gz` files of which it is not known yet whether they hold something new. */
  readonly undecided = new Set<string>()
  /** Inodes of new files that could not be read. */
  readonly unread = new Set<string>()
  readonly #number: number
  readonly #taken = new Set<string>()

  /** @param number of the looks before it */
  constructor(moment: Moment, number: number) {
    this.moment = moment
    this.#number = number
  }

  /** A path led to this known file. Noted in the file: a set of a hundred thousand in every look would be mostly garbage. */
  sight(file: TrackedFile): void {
    file.sightedIn = this.#number
  }

  isSighted(file: TrackedFile): boolean {
    return file.sightedIn === this.#number
  }

  /** The inode is being looked at. */
  take(inode: Inode): void {
    this.#taken.add(inodeKey(inode))
  }

  /** @param known the file that has this inode */
  isTaken(inode: Inode, known: TrackedFile | undefined): boolean {
    return (known !== undefined && this.isSighted(known)) || this.#taken.has(inodeKey(inode))
  }
}
