// The simulated file system behind the port through which one life of the agent sees files.

import { basename, dirname } from 'node:path'
import type { Disk, FileStat, OpenFile } from '../../src/files/disk.ts'
import type { Traces } from '../../src/files/traces.ts'
import type { Content, Inode } from './content.ts'
import type { SimFiles } from './files.ts'
import { type Kernel, type Life, systemError } from './kernel.ts'

const FOLDERS = new Set(['/logs', '/logs/sub', '/data', '/done'])
const UNDERNEATH = 7n

export class SimHandle implements OpenFile {
  readonly inode: Inode
  /** What it held when its first bytes were read. */
  headOf: Content
  /** A read failed, so that what it leads to may be given up. */
  failed = false
  /** It outlived a round: one that is opened for a look alone holds nothing back. */
  kept = false
  readonly #disk: SimDisk
  #closed = false

  constructor(inode: Inode, disk: SimDisk) {
    this.inode = inode
    this.headOf = inode.content
    this.#disk = disk
  }

  async stat(): Promise<FileStat> {
    await this.#turn('stat')
    return this.#disk.statOf(this.inode)
  }

  async read(into: Buffer, at: number, length: number, position: number): Promise<number> {
    await this.#turn('read')
    if (this.#disk.readFails()) {
      this.failed = true
      throw systemError('EIO')
    }
    const { content } = this.inode
    if (position === 0) this.headOf = content
    return position >= content.length
      ? 0
      : content.bytes.copy(into, at, position, Math.min(content.length, position + length))
  }

  async close(): Promise<void> {
    await this.#turn('close')
    this.drop(true)
  }

  /** @param wanted by the agent, not by its end */
  drop(wanted: boolean): void {
    if (this.#closed) return
    this.#closed = true
    this.#disk.closed(this, wanted)
  }

  async #turn(what: string): Promise<void> {
    // One that was under way when it was closed is waited for by the system.
    if (this.#closed && this.#disk.life.alive)
      this.#disk.kernel.fail('handles', `${what} of a closed handle of inode ${this.inode.ino}`)
    await this.#disk.kernel.point(this.#disk.life)
  }
}

export class SimDisk implements Disk {
  readonly kernel: Kernel
  readonly life: Life
  readonly handles = new Set<SimHandle>()
  /** How large the agent thinks that the inode's file is. */
  knownSize: (inode: Inode) => number = () => 0
  readonly #files: SimFiles
  /** Handles may be closed for want of others. */
  readonly #fewHandles: boolean

  constructor(kernel: Kernel, life: Life, files: SimFiles, fewHandles: boolean) {
    this.kernel = kernel
    this.life = life
    this.#files = files
    this.#fewHandles = fewHandles
  }

  async open(path: string): Promise<OpenFile> {
    this.kernel.asked = path
    await this.kernel.point(this.life)
    const inode = this.#files.inodeAt(path)
    if (inode === null) throw systemError('ENOENT')
    if (this.#files.locked.has(path)) throw systemError('EACCES')
    inode.opens++
    const handle = new SimHandle(inode, this)
    this.handles.add(handle)
    return handle
  }

  peek(path: string): FileStat | null {
    this.kernel.asked = path
    this.kernel.brief()
    if (FOLDERS.has(path)) return this.#folder(path)
    const inode = this.#files.inodeAt(path)
    return inode === null ? null : this.statOf(inode)
  }

  resolve(path: string): string | null {
    return FOLDERS.has(path) ? path : this.#files.resolve(path)
  }

  async list(folder: string): Promise<string[]> {
    await this.kernel.point(this.life)
    if (this.#files.blind.has(folder)) throw systemError('EACCES')
    return this.#visible().flatMap((path) => (dirname(path) === folder ? [basename(path)] : []))
  }

  async glob(patterns: readonly string[], ignore: readonly string[], traces: Traces): ReturnType<Disk['glob']> {
    await this.kernel.point(this.life)
    for (const folder of FOLDERS)
      traces.folder(
        folder,
        (path) => this.#folder(path),
        () => true,
      )
    const { blind } = this.#files
    const wanted = patterns.map(toRegExp)
    const unwanted = ignore.map(toRegExp)
    const matches = (path: string): boolean =>
      !blind.has(dirname(path)) && wanted.some((one) => one.test(path)) && !unwanted.some((one) => one.test(path))
    return {
      paths: this.#visible().filter(matches),
      blind: new Map([...blind].map((folder) => [folder, 'EACCES: told so'])),
    }
  }

  async names(path: string, patterns: readonly string[], ignore: readonly string[]): Promise<boolean> {
    return matchesAny(path, patterns) && !matchesAny(path, ignore)
  }

  statOf(inode: Inode): FileStat {
    const { birthTimes } = this.#files
    const { content, ctime } = inode
    return {
      kind: 'file',
      dev: inode.dev,
      ino: BigInt(inode.ino),
      size: content.length,
      birth: birthTimes === 'kept' ? inode.birth : birthTimes === 'none' ? 0n : ctime,
      mtime: inode.mtime,
      ctime,
      links: inode.links,
    }
  }

  readFails(): boolean {
    return this.kernel.random.chance(this.#files.readFault)
  }

  closed(handle: SimHandle, wanted: boolean): void {
    const { inode } = handle
    this.handles.delete(handle)
    inode.opens--
    if (inode.links > 0 || inode.opens > 0) return
    const { content } = inode
    content.owed =
      wanted && handle.kept && !handle.failed && !this.#fewHandles ? Math.min(content.owed, this.knownSize(inode)) : 0
    this.#files.release(inode)
  }

  /** As the kernel does when a process ends. */
  closeAll(): void {
    for (const handle of this.handles) handle.drop(false)
  }

  #visible(): string[] {
    return [...this.#files.names.keys()].filter((path) => !this.#files.isHidden(path))
  }

  #folder(path: string): FileStat {
    const dev = this.#files.unmounted.has(path) ? UNDERNEATH : this.#files.dev
    const mtime = this.#files.folderTimes.get(path) ?? 0n
    // The right to list it was taken away, and later given again.
    const ctime = this.#files.blind.has(path) ? mtime + 1n : mtime
    return { kind: 'folder', dev, ino: 2n, size: 0, birth: 0n, mtime, ctime, links: 1 }
  }
}

const compiled = new Map<string, RegExp>()

/** The few patterns that the simulation uses. */
function toRegExp(pattern: string): RegExp {
  let made = compiled.get(pattern)
  if (made === undefined) {
    const text = pattern.replaceAll('.', '\\.').replaceAll('**', '\0').replaceAll('*', '[^/]*').replaceAll('\0', '.*')
    compiled.set(pattern, (made = new RegExp(`^${text}$`)))
  }
  return made
}

/** Whether a glob would name the path. */
export const matchesAny = (path: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => toRegExp(pattern).test(path))
