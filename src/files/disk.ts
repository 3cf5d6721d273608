// The port through which the agent sees the user's files: open once, then ask the handle. It can only read.

// The port through which the agent sees the user's files: open once, then ask the handle. It can only read.

import fs, { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { FolderTimes } from './folder-times.ts'
import { type Globbed, globWith, type Witness, wouldMatch } from './glob.ts'
import type { Traces } from './traces.ts'

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other'
  readonly dev: bigint
  readonly ino: bigint
  readonly size: number
  /** Nanoseconds since the epoch; 0 where the file system does not know it. */
  readonly birth: bigint
  readonly mtime: bigint
  readonly ctime: bigint
  /** Names that lead to the inode; 0 once it is deleted. */
  readonly links: number
}

export interface OpenFile {
  stat(): Promise<FileStat>
  /** Reads up to `length` bytes of the file from `position` into `into` at `at`; returns how many came. */
  read(into: Buffer, at: number, length: number, position: number): Promise<number>
  close(): Promise<void>
}

export interface Disk {
  /** Opens for reading without ever blocking, not even on a FIFO. Rejects with the system's error. */
  open(path: string): Promise<OpenFile>
  /** What the path leads to now, links followed; null when there is nothing. Throws other system errors. */
  peek(path: string): FileStat | null
  /** The path with all links followed; null when there is nothing. */
  resolve(path: string): string | null
  /** Names in a folder. Rejects with the system's error. */
  list(folder: string): Promise<string[]>
  /** Paths that match one of the patterns and none of `ignore`; notes in `traces` what that was told from. */
  glob(patterns: readonly string[], ignore: readonly string[], traces: Traces): Promise<Globbed>
  /** Whether `glob` would find a file that lay there. */
  names(path: string, patterns: readonly string[], ignore: readonly string[]): Promise<boolean>
}

/** What tells an inode from all others while it lives. */
export type Inode = Pick<FileStat, 'dev' | 'ino'>

/** `dev:ino`. */
export const inodeKey = ({ dev, ino }: Inode): string => `${dev}:${ino}`

/** Of the last file that was asked for: nearly all lie on one device, and each keeps its number. */
let lastDevice = 0n

function toFileStat(stats: fs.BigIntStats): FileStat {
  if (stats.dev !== lastDevice) lastDevice = stats.dev
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    dev: lastDevice,
    ino: stats.ino,
    size: Number(stats.size),
    birth: stats.birthtimeNs,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
    links: Number(stats.nlink),
  }
}

class HandleFile implements OpenFile {
  readonly #handle: FileHandle
  constructor(handle: FileHandle) {
    this.#handle = handle
  }
  async stat(): Promise<FileStat> {
    return toFileStat(await this.#handle.stat({ bigint: true }))
  }
  async read(into: Buffer, at: number, length: number, position: number): Promise<number> {
    // One system call may return less than is there (signals, network file systems): ask until it says "end".
    let done = 0
    while (done < length) {
      const { bytesRead } = await this.#handle.read(into, at + done, length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return done
  }
  close(): Promise<void> {
    return this.#handle.close()
  }
}

// O_NONBLOCK: opening a FIFO without a writer would otherwise block for ever (open(2)).
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

export const systemDisk: Disk = {
  open: async (path) => new HandleFile(await open(path, READ_FLAGS)),
  peek(path) {
    const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    return stats === undefined ? null : toFileStat(stats)
  },
  resolve(path) {
    try {
      return fs.realpathSync(path)
    } catch {
      return null
    }
  },
  list: (folder) => readdir(folder),
  glob: (patterns, ignore, traces) => globWith(fs, patterns, ignore, witnessOf(traces, systemDisk)),
  names: wouldMatch,
}

/** @param disk that answers for the times of the real one */
export function witnessOf(traces: Traces, { peek }: Pick<Disk, 'peek'>): Witness {
  // Made anew for each listing: the device number of a volume that was taken away may be another file system's by now.
  const folderTimes = new FolderTimes()
  return {
    folder: (path) => traces.folder(path, peek, ({ dev }) => folderTimes.tell(path, dev)),
    entry: (path) => traces.entry(path, peek),
  }
}
