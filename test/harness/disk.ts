// The real file system behind the agent's own port, with what a test machine seldom has: faults, other devices, a count of handles.

import fs from 'node:fs'
import { type Disk, type FileStat, type OpenFile, systemDisk, witnessOf } from '../../src/files/disk.ts'
import { globWith } from '../../src/files/glob.ts'
import type { Traces } from '../../src/files/traces.ts'

export const systemError = (code: string, message = code): NodeJS.ErrnoException =>
  Object.assign(new Error(message), { code })

export class TestDisk implements Disk {
  /** Handles open now, and the most that ever were. */
  readonly handles = new Set<OpenFile>()
  mostHandles = 0
  /** Changes what is said of a file or folder. */
  alter: (stat: FileStat, path: string) => FileStat = (stat) => stat
  /** A path's open, or a folder's listing, fails with what this returns. */
  fault: (path: string) => Error | null = () => null
  readFault: (path: string) => Error | null = () => null
  /** Called before each read of a handle that was opened at this path. */
  beforeRead: (path: string) => void = () => {}

  async open(path: string): Promise<OpenFile> {
    this.#check(path)
    const inner = await systemDisk.open(path)
    const stat = async (): Promise<FileStat> => this.alter(await inner.stat(), path)
    const handle: OpenFile = {
      stat,
      read: async (into, at, length, position) => {
        this.beforeRead(path)
        const fault = this.readFault(path)
        if (fault !== null) throw fault
        return inner.read(into, at, length, position)
      },
      close: async () => {
        if (this.handles.delete(handle)) await inner.close()
      },
    }
    this.handles.add(handle)
    this.mostHandles = Math.max(this.mostHandles, this.handles.size)
    return handle
  }

  peek(path: string): FileStat | null {
    const stat = systemDisk.peek(path)
    return stat === null ? null : this.alter(stat, path)
  }

  resolve(path: string): string | null {
    return systemDisk.resolve(path)
  }

  async list(folder: string): Promise<string[]> {
    this.#check(folder)
    return systemDisk.list(folder)
  }

  glob(patterns: readonly string[], ignore: readonly string[], traces: Traces): ReturnType<Disk['glob']> {
    const readdir = ((folder: string, options: object, done: (error: Error | null, names?: unknown) => void) => {
      const fault = this.fault(folder)
      if (fault !== null) return done(fault)
      fs.readdir(folder, options, done as never)
    }) as unknown as typeof fs.readdir
    const peek = (path: string): FileStat | null => this.peek(path)
    return globWith({ lstat: fs.lstat, stat: fs.stat, readdir }, patterns, ignore, witnessOf(traces, { peek }))
  }

  names(path: string, patterns: readonly string[], ignore: readonly string[]): Promise<boolean> {
    return systemDisk.names(path, patterns, ignore)
  }

  /** As the kernel does when a process ends. */
  async closeAll(): Promise<void> {
    for (const handle of this.handles) await handle.close()
  }

  #check(path: string): void {
    const fault = this.fault(path)
    if (fault !== null) throw fault
  }
}
