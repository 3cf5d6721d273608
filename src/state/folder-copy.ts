/** The state directory as one may look at it beside a running agent: what is written stays in memory, the disk is only read. */
import { type Dirent, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AppendFile, StateFolder } from './folder.ts'
import { folderFault, isAbsent } from './folder-fault.ts'

/** A folder that does not exist is an empty one. Reading rejects as that of the real folder does. */
export function copyOfStateFolder(dir: string): StateFolder {
  const path = resolve(dir)
  /** Null: removed. */
  const written = new Map<string, Buffer | null>()
  const read = async (name: string): Promise<Buffer | null> => {
    const bytes = written.get(name)
    return bytes === undefined ? fromDisk(join(path, name), async (file) => readFileSync(file)) : bytes
  }
  /** Kept, so that who reads it a second time sees the same, whatever the agent did meanwhile. */
  const stream: StateFolder['stream'] = async (name, take) => {
    const bytes = await read(name)
    if (bytes === null) return false
    written.set(name, bytes)
    await take(bytes)
    return true
  }
  const replace = async (name: string, bytes: Buffer): Promise<void> => void written.set(name, Buffer.from(bytes))
  const remove = async (name: string): Promise<void> => void written.set(name, null)
  return {
    path,
    read,
    stream,
    replace,
    remove,
    async list() {
      const names = new Set([...((await fromDisk(path, namesIn)) ?? []), ...written.keys()])
      return [...names].filter((name) => written.get(name) !== null).toSorted()
    },
    async rename(from, to) {
      await replace(to, (await read(from)) ?? Buffer.alloc(0))
      await remove(from)
    },
    async openAppend(name) {
      await replace(name, (await read(name)) ?? Buffer.alloc(0))
      return appendTo(written, name)
    },
  }
}

function appendTo(written: Map<string, Buffer | null>, name: string): AppendFile {
  let bytes = written.get(name) ?? Buffer.alloc(0)
  return {
    get size() {
      return bytes.length
    },
    async append(more) {
      bytes = Buffer.concat([bytes, more])
      written.set(name, bytes)
    },
    isThere: async () => true,
    close: async () => {},
  }
}

async function fromDisk<T>(path: string, take: (path: string) => Promise<T>): Promise<T | null> {
  try {
    return await take(path)
  } catch (error) {
    if (isAbsent(error)) return null
    throw folderFault('read', path, error)
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const nameOf = (entry: Dirent): string =>
    entry.parentPath === folder ? entry.name : `${entry.parentPath.slice(folder.length + 1)}/${entry.name}`
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map(nameOf)
}
