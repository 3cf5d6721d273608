/**
 * The half of the lock that the kernel keeps: an abstract unix socket, which a second binder is refused and which vanishes with its
 * process, however that ends (https://man7.org/linux/man-pages/man7/unix.7.html).
 */
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { systemCode } from '../support/errors.ts'
import { folderFault } from './folder-fault.ts'

export class LockSocket {
  readonly #server: Server
  readonly #folder: FileHandle

  constructor(server: Server, folder: FileHandle) {
    this.#server = server
    this.#folder = folder
  }

  async close(): Promise<void> {
    await new Promise((done) => this.#server.close(done))
    await this.#folder.close()
  }
}

/**
 * Null where there are no such sockets. The folder is held open with its socket: were it deleted meanwhile, another agent's new folder
 * could get its number, and would find its name taken.
 */
export async function bindSocket(stateDir: string): Promise<LockSocket | 'taken' | null> {
  if (process.platform !== 'linux') return null
  const folder = await openFolder(stateDir)
  const bound = await bind(await nameOf(folder))
  if (bound !== null && bound !== 'taken') return new LockSocket(bound, folder)
  await folder.close()
  return bound
}

async function bind(name: string): Promise<Server | 'taken' | null> {
  const server = createServer((connection) => connection.destroy())
  try {
    server.listen({ path: name })
    await once(server, 'listening')
    return server.unref()
  } catch (error) {
    // A sandbox may forbid sockets; the heartbeat file is there for that too.
    return systemCode(error) === 'EADDRINUSE' ? 'taken' : null
  }
}

/** The folder itself, whatever path leads to it. */
export async function socketName(stateDir: string): Promise<string> {
  const folder = await openFolder(stateDir)
  try {
    return await nameOf(folder)
  } finally {
    await folder.close()
  }
}

async function nameOf(folder: FileHandle): Promise<string> {
  const { dev, ino } = await folder.stat({ bigint: true })
  return `\0pannier-${dev}-${ino}`
}

async function openFolder(stateDir: string): Promise<FileHandle> {
  try {
    return await open(stateDir)
  } catch (error) {
    throw folderFault('lock', stateDir, error)
  }
}
