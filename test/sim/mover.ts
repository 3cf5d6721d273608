// The simulated file system behind the port through which one life of the agent changes the files of a spool.

import type { Mover } from '../../src/spool/mover.ts'
import type { Inode } from './content.ts'
import type { SimFiles } from './files.ts'
import { type Kernel, type Life, systemError } from './kernel.ts'

export class SimMover implements Mover {
  /** Told before the last name of an inode goes. */
  vanishing: (inode: Inode) => void = () => {}
  readonly #kernel: Kernel
  readonly #life: Life
  readonly #files: SimFiles

  constructor(kernel: Kernel, life: Life, files: SimFiles) {
    this.#kernel = kernel
    this.#life = life
    this.#files = files
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#turn(from)
    // Two names of one file: rename(2) leaves both.
    if (this.#files.inodeAt(to) === this.#files.inodeAt(from)) return
    if (this.#files.names.has(to)) this.#kernel.fail('spool', `${from} was renamed over ${to}`)
    this.#files.rename(from, to)
    this.#kernel.note(`spool: ${from} is ${to}`)
  }

  async link(from: string, to: string): Promise<'linked' | 'taken'> {
    await this.#turn(from)
    if (this.#files.names.has(to)) return 'taken'
    this.#files.link(from, to)
    this.#kernel.note(`spool: ${from} is also ${to}`)
    return 'linked'
  }

  async renameTo(): Promise<'renamed' | 'taken'> {
    throw systemError('ENOSYS')
  }

  async unlink(path: string): Promise<void> {
    await this.#turn(path)
    const inode = this.#files.inodeAt(path)
    if (inode?.links === 1) this.vanishing(inode)
    this.#files.remove(path)
    this.#kernel.note(`spool: ${path} is no more`)
  }

  async copy(): Promise<never> {
    throw systemError('ENOSYS')
  }

  async #turn(path: string): Promise<void> {
    this.#kernel.asked = path
    await this.#kernel.point(this.#life)
    if (this.#files.isHidden(path) || !this.#files.names.has(path)) throw systemError('ENOENT')
  }
}
