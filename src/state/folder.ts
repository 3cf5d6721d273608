/** The state directory as everything durable sees it: a narrow port whose every change survives a power cut once it resolves. */
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PannierError, systemCode } from '../support/errors.ts'
import { makeFolder } from '../support/make-folder.ts'
import { type AppendFile, openAppendFile } from './folder-append.ts'
import { folderFault, isAbsent, syncFolder } from './folder-fault.ts'

export type { AppendFile } from './folder-append.ts'

export interface StateFolder {
  readonly path: string
  /** The whole file, durable by then, or null when it is absent. */
  read(name: string): Promise<Buffer | null>
  /** The same piece by piece, for what may be large; the bytes of a piece are valid until `take` is done. False when it is absent. */
  stream(name: string, take: (piece: Buffer) => void | Promise<void>): Promise<boolean>
  /** Names of all files, those of sub-folders as `folder/name`, sorted; unfinished replacements are left out. */
  list(): Promise<string[]>
  replace(name: string, bytes: Buffer): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removing what is absent is no error. */
  remove(name: string): Promise<void>
  /** Creates the file, or continues at its end. */
  openAppend(name: string): Promise<AppendFile>
}

const UNFINISHED = '.unfinished'
const PIECE_BYTES = 1024 * 1024
const NAME = /^(?:[\w-][\w.-]*\/)?[\w-][\w.-]*$/

/** Rejects with STATE_FOLDER, STATE_ACCESS, STATE_READ_ONLY, STATE_DISK_FULL or STATE_IO; the last three are retriable. */
export async function openStateFolder(dir: string): Promise<StateFolder> {
  const path = resolve(dir)
  await attempt('open', path, () => ensurePrivateFolder(path))
  return {
    path,
    read: async (name) => attempt('read', locate(path, name), readOrNull),
    stream: async (name, take) => attempt('read', locate(path, name), (file) => streamFile(file, take)),
    list: () => attempt('list', path, listFiles),
    replace: async (name, bytes) => attempt('write', locate(path, name), (file) => replaceFile(path, file, bytes)),
    rename: async (from, to) =>
      attempt('rename', locate(path, from), (file) => renameFile(path, file, locate(path, to))),
    remove: async (name) => attempt('remove', locate(path, name), removeFile),
    openAppend: async (name) => attempt('open', locate(path, name), (file) => openAppend(path, file)),
  }
}

async function attempt<T>(action: string, path: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(path)
  } catch (error) {
    throw folderFault(action, path, error)
  }
}

function locate(root: string, name: string): string {
  if (NAME.test(name)) return join(root, name)
  throw new PannierError(`"${name}" is no name for a file in the state directory`, { code: 'STATE_NAME' })
}

async function ensurePrivateFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  makeFolder(dirname(path))
  await createPrivateFolder(path)
}

/** False when there is nothing. Rejects with STATE_FOLDER when there is something else. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => (isAbsent(error) ? null : Promise.reject(error)))
  if (found === null || found.isDirectory()) return found !== null
  throw new PannierError(`state_dir = ${path} is not a folder`, {
    code: 'STATE_FOLDER',
    hint: 'name a folder, or remove that file',
  })
}

async function createPrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    // Another agent that starts at the same moment made it; the lock tells the two apart.
    if (systemCode(error) === 'EEXIST') return
    throw error
  }
  await chmod(path, 0o700)
  await syncFolder(dirname(path))
}

async function readOrNull(file: string): Promise<Buffer | null> {
  let bytes: Buffer | null = null
  await withFile(file, async (handle) => {
    bytes = await handle.readFile()
  })
  return bytes
}

function streamFile(file: string, take: (piece: Buffer) => void | Promise<void>): Promise<boolean> {
  return withFile(file, async (handle) => {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await handle.read(buffer)
      if (bytesRead === 0) return
      await take(buffer.subarray(0, bytesRead))
    }
  })
}

// A process that was killed between a write and its sync left bytes that only memory holds: whoever relies on them syncs them first.
async function withFile(file: string, work: (handle: FileHandle) => Promise<void>): Promise<boolean> {
  try {
    const handle = await open(file, 'r')
    try {
      // Where that fails (a read-only file system, a broken disk), what can be read is still the best there is.
      await handle.sync().catch(() => undefined)
      await syncFolder(dirname(file)).catch(() => undefined)
      await work(handle)
      return true
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

async function listFiles(root: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.isFile()) names.push(entry.name)
    if (entry.isDirectory()) names.push(...(await filesOfSubFolder(root, entry.name)))
  }
  return names.filter((name) => !name.endsWith(UNFINISHED)).toSorted()
}

async function filesOfSubFolder(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => `${folder}/${entry.name}`)
}

async function replaceFile(root: string, file: string, bytes: Buffer): Promise<void> {
  await ensureSubFolder(root, file)
  const unfinished = file + UNFINISHED
  try {
    await writeDurably(unfinished, bytes)
    await rename(unfinished, file)
  } catch (error) {
    // A full disk needs the room back.
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(file))
}

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function renameFile(root: string, from: string, to: string): Promise<void> {
  await ensureSubFolder(root, to)
  await rename(from, to)
  await syncFolder(dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
}

async function removeFile(file: string): Promise<void> {
  try {
    await rm(file)
  } catch (error) {
    if (isAbsent(error)) return
    throw error
  }
  await syncFolder(dirname(file))
}

async function openAppend(root: string, file: string): Promise<AppendFile> {
  await ensureSubFolder(root, file)
  return openAppendFile(file)
}

async function ensureSubFolder(root: string, file: string): Promise<void> {
  // Taken away while the agent runs; only the folder itself is made again, since what lay above it may be a volume that comes back.
  if (!(await isFolder(root))) await createPrivateFolder(root)
  const folder = dirname(file)
  if (folder === root) return
  const created = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (created !== undefined) await syncFolder(root)
}
