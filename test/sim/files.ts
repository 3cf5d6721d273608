// The file system that the world writes and the agent reads: names, inodes that are used again, folders that go blind.

import { dirname } from 'node:path'
import type { LineEnds } from '../../src/text/line-ends.ts'
import { Content, type Inode } from './content.ts'
import type { Kernel } from './kernel.ts'

type Name = { readonly inode: Inode } | { readonly to: string }

/** `kept`: real birth times; `none`: zero; `change`: the time of the last change is reported as one. */
export type BirthTimes = 'kept' | 'none' | 'change'

export class SimFiles {
  readonly names = new Map<string, Name>()
  /** Every content that an inode of this number ever held. */
  readonly byNumber = new Map<number, Content[]>()
  /** Inodes that were renamed or deleted lately, and that their writers may still hold open. */
  readonly left: Inode[] = []
  readonly blind = new Set<string>()
  readonly unmounted = new Set<string>()
  readonly locked = new Set<string>()
  /** Times of the folders' last changes. */
  readonly folderTimes = new Map<string, bigint>()
  /** How likely a read fails. */
  readFault = 0
  dev = 41n
  readonly birthTimes: BirthTimes
  /** Of all that is written. */
  readonly ends: LineEnds
  /** Milliseconds by which times of files move on; 0: every change has its own. */
  readonly #tick: number
  readonly #kernel: Kernel
  readonly #free: number[] = []
  #numbers = 100
  #contents = 0
  #ticks = 0n

  constructor(kernel: Kernel, birthTimes: BirthTimes, tick: number, ends: LineEnds) {
    this.ends = ends
    this.#kernel = kernel
    this.birthTimes = birthTimes
    this.#tick = tick
  }

  isHidden(path: string): boolean {
    return this.unmounted.size > 0 && this.unmounted.has(dirname(path))
  }

  /** Links followed; what an unmounted volume holds is not there. */
  resolve(path: string): string | null {
    for (let at = path, depth = 0; depth < 4; depth++) {
      const name = this.isHidden(at) ? undefined : this.names.get(at)
      if (name === undefined) return null
      if ('inode' in name) return at
      at = name.to
    }
    return null
  }

  inodeAt(path: string): Inode | null {
    const place = this.resolve(path)
    const name = place === null ? undefined : this.names.get(place)
    return name !== undefined && 'inode' in name ? name.inode : null
  }

  append(path: string, bytes: Uint8Array): Inode {
    const inode = this.inodeAt(path) ?? this.#create(this.#target(path))
    return this.appendTo(inode, bytes)
  }

  appendTo(inode: Inode, bytes: Uint8Array): Inode {
    inode.content.append(bytes)
    inode.mtime = inode.ctime = this.#now()
    return inode
  }

  rename(from: string, to: string): void {
    const name = this.names.get(from)
    if (name === undefined || from === to) return
    this.remove(to)
    this.names.delete(from)
    this.names.set(to, name)
    this.#touch(from)
    this.#touch(to)
    if (!('inode' in name)) return
    name.inode.ctime = this.#now()
    this.#leave(name.inode)
  }

  remove(path: string): void {
    const name = this.names.get(path)
    if (name === undefined) return
    this.names.delete(path)
    this.#touch(path)
    if (!('inode' in name)) return
    const { inode } = name
    inode.links--
    inode.ctime = this.#now()
    if (inode.links > 0) return
    const { content } = inode
    content.fate = 'deleted'
    content.owed = inode.opens > 0 && content.born ? content.length : 0
    this.#leave(inode)
    this.release(inode)
  }

  link(from: string, to: string): void {
    const inode = this.inodeAt(from)
    if (inode === null || this.names.has(to)) return
    inode.links++
    inode.ctime = this.#now()
    this.names.set(to, { inode })
    this.#touch(to)
  }

  symlink(to: string, path: string): void {
    this.names.set(path, { to })
    this.#touch(path)
  }

  truncate(path: string): void {
    const inode = this.inodeAt(path)
    if (inode !== null) this.truncateInode(inode)
  }

  /** Through a handle, as the copier has one. */
  truncateInode(inode: Inode): void {
    const { madeAt } = inode.content
    inode.content.fate = 'truncated'
    inode.content = this.#newContent(inode)
    inode.content.madeAt = madeAt
    inode.mtime = inode.ctime = this.#now()
  }

  /** The number of an inode that nobody needs any more may be given again. */
  release(inode: Inode): void {
    if (inode.links > 0 || inode.opens > 0) return
    this.left.splice(0, this.left.length, ...this.left.filter((other) => other !== inode))
    this.#free.push(inode.ino)
  }

  get contents(): Content[] {
    return [...this.byNumber.values()].flat()
  }

  /** Another inode had this number before. */
  isReused(inode: Inode): boolean {
    return this.byNumber.get(inode.ino)?.some((content) => content.inode !== inode) ?? false
  }

  #target(path: string): string {
    const name = this.names.get(path)
    return name !== undefined && 'to' in name ? name.to : path
  }

  #create(path: string): Inode {
    const { random } = this.#kernel
    const reused = this.#free.length > 0 && random.chance(0.7) ? this.#free.pop() : undefined
    const now = this.#now()
    const inode = {
      ino: reused ?? ++this.#numbers,
      birth: now,
      dev: this.dev,
      mtime: now,
      ctime: now,
      links: 1,
      opens: 0,
    }
    const made = inode as Inode
    made.content = this.#newContent(made)
    made.content.madeAt = path
    this.names.set(path, { inode: made })
    this.#touch(path)
    return made
  }

  #newContent(inode: Inode): Content {
    const content = new Content(inode, ++this.#contents, this.ends)
    const others = this.byNumber.get(inode.ino)
    if (others === undefined) this.byNumber.set(inode.ino, [content])
    else others.push(content)
    return content
  }

  #leave(inode: Inode): void {
    if (!this.left.includes(inode)) this.left.push(inode)
    if (this.left.length > 4) this.left.shift()
  }

  /** The volumes are mounted under other device numbers. */
  renumber(): void {
    this.dev += 10n
    for (const content of this.contents) content.inode.dev = this.dev
  }

  get newest(): number {
    return this.#contents
  }

  #touch(path: string): void {
    this.folderTimes.set(dirname(path), this.#now())
  }

  #now(): bigint {
    const { wall } = this.#kernel.clock
    if (this.#tick > 0) return BigInt(Math.floor(wall / this.#tick) * this.#tick) * 1_000_000n
    return BigInt(wall) * 1_000_000n + ++this.#ticks
  }
}
