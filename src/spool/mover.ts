// The one port through which the agent changes the user's files, and only those of a spool whose `on_complete` asks for it (law 6).

import { constants } from 'node:fs'
import { copyFile, link, open, rename, stat, unlink, utimes } from 'node:fs/promises'
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
  /** All bytes, rights and times, durable by then; rejects where something is at `to`. */
  copy(from: string, to: string): Promise<void>
}

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
  async copy(from, to) {
    const { atime, mtime } = await stat(from)
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    await utimes(to, atime, mtime)
    await sync(to)
  },
}

async function sync(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
