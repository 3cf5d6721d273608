/** The one file that a journal appends to, held open between commits. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PannierError } from '../support/errors.ts'
import { folderFault, isAbsent, syncFolder } from './folder-fault.ts'

export interface AppendFile {
  readonly size: number
  /** Durable when it resolves. After a failure `size` is unchanged and the file must not be used again: it may end in torn bytes. */
  append(bytes: Buffer): Promise<void>
  /** False when the file's name leads nowhere any more, or to another file: what is appended here would be found by nobody. */
  isThere(): Promise<boolean>
  close(): Promise<void>
}

export async function openAppendFile(path: string): Promise<AppendFile> {
  const handle = await open(path, 'a', 0o600)
  try {
    const { size } = await handle.stat()
    // An empty file may be one that we have just created, and its name is not durable before its folder is.
    if (size === 0) await syncFolder(dirname(path))
    return new OpenAppendFile(path, handle, size)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class OpenAppendFile implements AppendFile {
  readonly #path: string
  readonly #handle: FileHandle
  #size: number
  #torn = false
  #ours: { readonly dev: bigint; readonly ino: bigint } | null = null

  constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path
    this.#handle = handle
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  async append(bytes: Buffer): Promise<void> {
    if (this.#torn)
      throw new PannierError(`${this.#path} may end in torn bytes: nothing is appended to it`, { code: 'STATE_TORN' })
    this.#torn = true
    try {
      // In one call, not in pieces as writeFile does: another process may append to the dead letters at the same time.
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten
      await this.#handle.datasync()
    } catch (error) {
      throw folderFault('append to', this.#path, error)
    }
    this.#torn = false
    this.#size += bytes.length
  }

  async isThere(): Promise<boolean> {
    // An open file keeps its inode: asked once, since an idle agent asks for the other in every round.
    this.#ours ??= await this.#handle.stat({ bigint: true })
    const { ino, dev } = this.#ours
    const named = await stat(this.#path, { bigint: true }).catch((error: unknown) => {
      if (isAbsent(error)) return null
      throw folderFault('look at', this.#path, error)
    })
    return named !== null && named.ino === ino && named.dev === dev
  }

  async close(): Promise<void> {
    try {
      await this.#handle.close()
    } catch (error) {
      throw folderFault('close', this.#path, error)
    }
  }
}
