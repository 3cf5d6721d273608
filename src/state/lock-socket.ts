/**
 * The half of the lock that the kernel keeps: an abstract unix socket, which a second binder is refused and which vanishes with its
 * process, however that ends (https://man7.org/linux/man-pages/man7/unix.7.html).
 */
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { systemCode } from '../support/errors.ts'
import { folderFault } from './folder-fault.ts'

/** Null where there are no such sockets. */
export async function bindSocket(stateDir: string): Promise<Server | 'taken' | null> {
  if (process.platform !== 'linux') return null
  const name = await socketName(stateDir)
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
  try {
    const { dev, ino } = await stat(stateDir, { bigint: true })
    return `\0pannier-${dev}-${ino}`
  } catch (error) {
    throw folderFault('lock', stateDir, error)
  }
}
