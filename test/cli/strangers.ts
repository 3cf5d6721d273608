/** Servers that are no Kafka broker, each in its own way. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface Stranger {
  readonly address: string
  /** Connections so far. */
  readonly visits: number
}

/** `greet` is given every connection; all of it ends with the test. */
export async function stranger(t: TestContext, greet: (socket: Socket) => void): Promise<Stranger> {
  const sockets = new Set<Socket>()
  let visits = 0
  const server = createServer((socket) => {
    visits++
    sockets.add(socket.on('error', () => {}))
    greet(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    get visits() {
      return visits
    },
  }
}

export const closesAtOnce = (socket: Socket): void => void socket.end()
export const speaksHttp = (socket: Socket): void =>
  void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
export const saysNothing = (): void => {}

/** A port that nothing listens on: it was free a moment ago. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}
