// kafkajs 2.2.4 logs in anew on a connection ten seconds before its session ends, and with each request where the session is
// shorter than that; a broker refuses a second login within a second, and cuts the connection. So: within a quarter of the session.
// https://github.com/tulios/kafkajs/blob/v2.2.4/src/network/connection.js, KIP-368 in org.apache.kafka.common.network.KafkaChannel

import Connection from 'kafkajs/src/network/connection.js'

const GUARDED = Symbol.for('pannier.sessionGuard')
const LIFETIME = Symbol('session lifetime')
/** Milliseconds; kafkajs' own. */
const USUAL = 10_000

type Lifetime = { toString(): string }
type Guarded = Connection & { [GUARDED]?: true; [LIFETIME]?: Lifetime }

/** Idempotent. */
export function guardSessions(): void {
  const prototype = Connection.prototype as Guarded
  if (prototype[GUARDED] === true) return
  prototype[GUARDED] = true
  Object.defineProperty(prototype, 'sessionLifetime', {
    get(this: Guarded) {
      return this[LIFETIME]
    },
    set(this: Guarded, lifetime: Lifetime) {
      this[LIFETIME] = lifetime
      this.reauthenticationThreshold = Math.min(USUAL, Math.floor(Number(lifetime.toString()) / 4))
    },
  })
}
