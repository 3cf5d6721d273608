// The one port through which the agent changes the user's files, and only those of a spool whose `on_complete` asks for it (law 6).

import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../support/errors.ts'

/** All reject with the system's error; none follows a link that the last part of a path is. */
export interface Mover {
  /** Whatever is at `to` is replaced. */
  rename(from: string, to: string): Promise<void>
  /** A second name for the file, durable by then; `taken` where `to` is somebody's. Never replaces anything. */
  link(from: string, to: string): Promise<'linked' | 'taken'>
  /** `from` becomes `to` in one step; `taken` as above. For file systems without hard links, where `link` rejects with EPERM or the like. */
  renameTo(from: string, to: string): Promise<'renamed' | 'taken'>
  unlink(path: string): Promise<void>
  /**
   * A share of the bytes from `start` on, and rights and times with the last ones, durable by then. Returns where it ended. Rejects
   * where something is at `to` before the first share.
   */
  copy(from: string, to: string, start: number): Promise<{ readonly end: number; readonly done: boolean }>
}

const BLOCK = 1024 * 1024
/** Bytes of a copy that are made at a time, since no round may hang on a large one. */
export const SHARE = 16 * BLOCK

export const systemMover: Mover = {
  rename,
  async link(from, to) {
    try {
      await link(from, to)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return 'taken'
      throw error
    }
    await sync(dirname(to))
    return 'linked'
  },
  async renameTo(from, to) {
    try {
      // An empty file of our own holds the name, so that what the rename replaces is nobody's.
      await (await open(to, 'wx')).close()
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return 'taken'
      throw error
    }
    try {
      await rename(from, to)
    } catch (error) {
      await unlink(to)
      throw error
    }
    await sync(dirname(to))
    return 'renamed'
  },
  unlink,
  async copy(from, to, start) {
    const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const target = await open(to, start === 0 ? 'wx' : 'r+', 0o600)
      try {
        const end = await copyStep(source, target, start)
        const { size, mode, atime, mtime } = await source.stat()
        if (end >= size) {
          await target.chmod(mode & 0o7777)
          await target.utimes(atime, mtime)
        }
        await target.sync()
        return { end, done: end >= size }
      } finally {
        await target.close()
      }
    } finally {
      await source.close()
    }
  },
}

async function copyStep(source: FileHandle, target: FileHandle, start: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(BLOCK)
  for (let at = start; ; ) {
    const { bytesRead } = await source.read(buffer, 0, BLOCK, at)
    if (bytesRead > 0) await target.write(buffer, 0, bytesRead, at)
    at += bytesRead
    if (bytesRead === 0 || at - start >= SHARE) return at
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
