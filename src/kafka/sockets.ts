// Sockets for kafkajs that we can destroy: a buffer may be used again only after its ack or after its socket is gone.

import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import type { SecurityConfig } from '../config/security-config.ts'
import { teachSocket } from './seam.ts'
import { LEFT_EARLY, TLS_ANSWERED } from './security/fault.ts'
import type { Security } from './security/security.ts'

const KEEP_ALIVE_MS = 60_000
/** Of an answer, in front of it. */
const SIZE = 4

export interface Sockets {
  readonly factory: ISocketFactory
  /** From now on the factory throws. */
  refuse(): void
  /** Cuts all connections at once, for good; what was in flight fails. */
  destroy(reason: string): void
}

export function createSockets(security: Security): Sockets {
  const living = new Set<Socket>()
  let refusing = false
  return {
    factory: ({ host, port, onConnect }) => {
      // kafkajs may want to connect again on behalf of a call that we gave up long ago.
      if (refusing) throw new Error('this client was given up')
      const options = security.tls()
      const name = net.isIP(host) === 0 ? { servername: host } : {}
      const socket =
        options === null
          ? net.connect({ host, port }, onConnect)
          : tls.connect({ host, port, ...name, ...options }, onConnect)
      listenForStrangers(socket, security.config)
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

/** What kafkajs cannot tell apart, it tells as a closed connection: a listener with TLS, and one that wants a login. */
function listenForStrangers(socket: Socket, { ssl, sasl }: SecurityConfig): void {
  let answers = 0
  let greeted = false
  socket.on('data', (data: Buffer) => {
    answers++
    if (answers > 1) return
    greeted = data.length >= SIZE && data.length === data.readInt32BE() + SIZE
    if (ssl === null && isAlert(data)) socket.destroy(fault('a TLS alert', TLS_ANSWERED))
  })
  // Before kafkajs hears of it, so that it is told this error.
  socket.prependListener('end', () => {
    if (answers === 1 && greeted && sasl === null) socket.emit('error', fault('left after the greeting', LEFT_EARLY))
  })
}

/** https://www.rfc-editor.org/rfc/rfc8446#section-5.1: content type and major version. No answer of Kafka is that long. */
const isAlert = (data: Buffer): boolean => data[0] === 0x15 && data[1] === 0x03

const fault = (message: string, code: string): Error => Object.assign(new Error(message), { code })
