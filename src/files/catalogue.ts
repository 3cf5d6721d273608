// All files that the agent knows, found by id or by inode.

import { dirname } from 'node:path'
import { ManyMap } from '../support/many-map.ts'
import { type Inode, inodeKey } from './disk.ts'
import type { Identity } from './identity.ts'
import type { TrackedFile } from './tracked-file.ts'

/** What an inode held until it was truncated: a writer that goes on at its old position leaves a hole of that size. */
export interface Former {
  readonly file: TrackedFile
  readonly birth: bigint
  readonly size: number
}
/** How a file lost its inode: another file's now · shorter than what was read · other bytes · nothing leads to it. */
export type Displacement = 'replaced' | 'truncated' | 'rewritten' | 'gone'

export class Catalogue {
  readonly #byId = new Map<string, TrackedFile>()
  /** By device, then by inode number. Not by a text of both: that would be made for each of many files in every look. */
  readonly #byInode = new Map<bigint, Map<bigint, TrackedFile>>()
  /** By inode number alone, for devices whose number changed. */
  readonly #byNumber = new ManyMap<bigint, TrackedFile>()
  /** Inodes that lost their file and have no other yet. */
  readonly #former = new Map<string, Former>()
  readonly #displaced = new Map<TrackedFile, Displacement>()
  /** By the file id of what they were copied from. */
  readonly #copies = new Map<string, Set<TrackedFile>>()
  /** By the folder of the path at birth, then by that path. */
  readonly #byFolder = new Map<string, ManyMap<string, TrackedFile>>()

  get size(): number {
    return this.#byId.size
  }

  all(): Iterable<TrackedFile> {
    return this.#byId.values()
  }

  get(id: string): TrackedFile | undefined {
    return this.#byId.get(id)
  }

  /** The file that has this inode now, or had it when it was last seen. */
  at({ dev, ino }: Inode): TrackedFile | undefined {
    return this.#byInode.get(dev)?.get(ino)
  }

  /** The file that had this inode, while no other has it. */
  formerAt(key: string): Former | undefined {
    return this.#former.get(key)
  }

  withIno(ino: bigint): Iterable<TrackedFile> {
    return this.#byNumber.get(ino)
  }

  /** Folders in which files were born. */
  get folders(): Iterable<string> {
    return this.#byFolder.keys()
  }

  /** Files that were born at this path. */
  bornAt(path: string): Iterable<TrackedFile> {
    return this.#byFolder.get(dirname(path))?.get(path) ?? []
  }

  /** Files that were born as copies of this one. */
  copiesOf({ id }: TrackedFile): Iterable<TrackedFile> {
    return this.#copies.get(id) ?? []
  }

  add(file: TrackedFile): void {
    this.#byId.set(file.id, file)
    this.#addBirth(file)
    if (file.life === 'displaced') this.#displaced.set(file, 'replaced')
    if (file.life === 'ended' || file.life === 'displaced') this.#leave(file)
    else this.#addInode(file)
  }

  /** Files for which this look seeks what continues them, and why. */
  get displaced(): ReadonlyMap<TrackedFile, Displacement> {
    return this.#displaced
  }

  /** The inode is no longer this file's; what continues the file is to be sought. */
  displace(file: TrackedFile, how: Exclude<Displacement, 'gone'>): void {
    file.life = 'displaced'
    file.dirty = true
    this.#dropInode(file)
    this.#leave(file)
    this.#displaced.set(file, how)
  }

  /** Nothing leads to the file any more. Should something do so again, it is known by its inode. */
  miss(file: TrackedFile): void {
    this.#displaced.set(file, 'gone')
  }

  /** It was found again as it was. */
  regain(file: TrackedFile): void {
    this.#displaced.delete(file)
  }

  /** Nothing continues the file; its books are kept, and its inode where it is gone. */
  end(file: TrackedFile): void {
    const isGone = this.#displaced.get(file) === 'gone'
    this.#displaced.delete(file)
    file.life = isGone ? 'gone' : 'ended'
    file.dirty = true
    if (!isGone) this.#dropInode(file)
  }

  /** The same file under another device's number, or in its copy. */
  move(file: TrackedFile, identity: Identity): void {
    this.#dropInode(file)
    if (identity.ino !== file.identity.ino) this.#leave(file)
    this.#displaced.delete(file)
    file.identity = identity
    this.#addInode(file)
  }

  forget(file: TrackedFile): void {
    this.#byId.delete(file.id)
    this.#dropBirth(file)
    this.#displaced.delete(file)
    this.#dropInode(file)
    const key = inodeKey(file.identity)
    if (this.#former.get(key)?.file === file) this.#former.delete(key)
  }

  #leave(file: TrackedFile): void {
    const { identity, size, hole } = file
    const least = hole === null || hole.ended ? 0 : hole.least
    this.#former.set(inodeKey(identity), { file, birth: identity.birth, size: Math.max(size, least) })
  }

  #addBirth(file: TrackedFile): void {
    const { path, copyOf } = file.birth
    if (copyOf !== undefined) this.#copies.set(copyOf, new Set(this.#copies.get(copyOf)).add(file))
    const folder = dirname(path)
    let paths = this.#byFolder.get(folder)
    if (paths === undefined) this.#byFolder.set(folder, (paths = new ManyMap()))
    paths.add(path, file)
  }

  #dropBirth(file: TrackedFile): void {
    const { path, copyOf } = file.birth
    const copies = copyOf === undefined ? undefined : this.#copies.get(copyOf)
    copies?.delete(file)
    if (copies?.size === 0) this.#copies.delete(copyOf ?? '')
    const paths = this.#byFolder.get(dirname(path))
    paths?.delete(path, file)
    if (paths?.size === 0) this.#byFolder.delete(dirname(path))
  }

  #addInode(file: TrackedFile): void {
    const { dev, ino } = file.identity
    let inodes = this.#byInode.get(dev)
    if (inodes === undefined) this.#byInode.set(dev, (inodes = new Map()))
    inodes.set(ino, file)
    if (this.#former.size > 0) this.#former.delete(inodeKey(file.identity))
    this.#byNumber.add(ino, file)
  }

  #dropInode(file: TrackedFile): void {
    const { dev, ino } = file.identity
    this.#byNumber.delete(ino, file)
    if (this.at(file.identity) === file) this.#byInode.get(dev)?.delete(ino)
  }
}
