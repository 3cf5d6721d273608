// All files that the agent knows, found by id or by inode.

import { inodeKey } from './disk.ts'
import type { Identity, TrackedFile } from './tracked-file.ts'

/** What an inode held until it was truncated: a writer that goes on at its old position leaves a hole of that size. */
export interface Former {
  readonly file: TrackedFile
  readonly birth: bigint
  readonly size: number
}

export class Catalogue {
  readonly #byId = new Map<string, TrackedFile>()
  readonly #byInode = new Map<string, TrackedFile>()
  /** By inode number alone, for devices whose number changed. */
  readonly #byNumber = new Map<bigint, Set<TrackedFile>>()
  /** Inodes that lost their file and have no other yet. */
  readonly #former = new Map<string, Former>()

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
  at(key: string): TrackedFile | undefined {
    return this.#byInode.get(key)
  }

  /** The file that had this inode, while no other has it. */
  formerAt(key: string): Former | undefined {
    return this.#former.get(key)
  }

  withIno(ino: bigint): Iterable<TrackedFile> {
    return this.#byNumber.get(ino) ?? []
  }

  add(file: TrackedFile): void {
    this.#byId.set(file.id, file)
    if (file.life === 'ended') this.#leave(file)
    else this.#addInode(file)
  }

  /** The inode is no longer this file's; its books are kept. */
  end(file: TrackedFile): void {
    file.life = 'ended'
    file.dirty = true
    this.#dropInode(file)
    this.#leave(file)
  }

  /** The same file on a device that has another number now. */
  move(file: TrackedFile, identity: Identity): void {
    this.#dropInode(file)
    if (identity.ino !== file.identity.ino) this.#leave(file)
    file.identity = identity
    this.#addInode(file)
  }

  forget(file: TrackedFile): void {
    this.#byId.delete(file.id)
    this.#dropInode(file)
    const key = inodeKey(file.identity)
    if (this.#former.get(key)?.file === file) this.#former.delete(key)
  }

  #leave(file: TrackedFile): void {
    const { identity, size, hole } = file
    const least = hole === null || hole.ended ? 0 : hole.least
    this.#former.set(inodeKey(identity), { file, birth: identity.birth, size: Math.max(size, least) })
  }

  #addInode(file: TrackedFile): void {
    const { ino } = file.identity
    this.#byInode.set(inodeKey(file.identity), file)
    this.#former.delete(inodeKey(file.identity))
    const same = this.#byNumber.get(ino)
    if (same === undefined) this.#byNumber.set(ino, new Set([file]))
    else same.add(file)
  }

  #dropInode(file: TrackedFile): void {
    const { ino } = file.identity
    const same = this.#byNumber.get(ino)
    same?.delete(file)
    if (same?.size === 0) this.#byNumber.delete(ino)
    const key = inodeKey(file.identity)
    if (this.#byInode.get(key) === file) this.#byInode.delete(key)
  }
}
