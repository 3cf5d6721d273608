// Sockets for kafkajs that we can destroy: a buffer may be used again only after its ack or after its socket is gone.

import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { teachSocket } from './seam.ts'

const KEEP_ALIVE_MS = 60_000

export interface Sockets {
  readonly factory: ISocketFactory
  /** From now on the factory throws. */
  refuse(): void
  /** Cuts all connections at once, for good; what was in flight fails. */
  destroy(reason: string): void
}

export function createSockets(): Sockets {
  const living = new Set<Socket>()
  let refusing = false
  return {
    factory: ({ host, port, ssl, onConnect }) => {
      // kafkajs may want to connect again on behalf of a call that we gave up long ago.
      if (refusing) throw new Error('this client was given up')
      const name = net.isIP(host) === 0 ? { servername: host } : {}
      const socket = ssl
        ? tls.connect({ host, port, ...name, ...ssl }, onConnect)
        : net.connect({ host, port }, onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      socket.setNoDelay(true)
      teachSocket(socket)
      living.add(socket)
      socket.once('close', () => living.delete(socket))
      return socket
    },
    refuse() {
      refusing = true
    },
    destroy(reason) {
      refusing = true
      // With an error, since kafkajs hears `end` and `error` but not `close`.
      for (const socket of living) socket.destroy(new Error(reason))
    },
  }
}
