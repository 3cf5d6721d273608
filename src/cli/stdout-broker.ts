// `--stdout`: the Broker port without Kafka. One message a line; a message counts as taken once it was handed to stdout.

import type { Broker } from '../deliver/broker.ts'
import { messagesOf } from '../message/unpack.ts'
import { systemCode } from '../support/errors.ts'

/** As large as Kafka's own default, so that the messages are those that a broker would get. */
const MAX_MESSAGE_BYTES = 1_048_588
const LF = 0x0a

/** @param closed told when nobody reads any more, as behind `| head` */
export function stdoutBroker(write: (bytes: Buffer) => Promise<void>, closed: () => void): Broker {
  let offset = 0
  return {
    facts: () => Promise.resolve({ partitions: 1, maxMessageBytes: MAX_MESSAGE_BYTES }),
    async send(batch) {
      const firstOffset = offset
      for (const { value } of messagesOf(batch)) {
        const ended = value.at(-1) === LF
        try {
          await write(ended ? value : Buffer.concat([value, Buffer.from([LF])]))
        } catch (error) {
          if (systemCode(error) === 'EPIPE') closed()
          return { kind: 'unknown', reason: `stdout: ${String(error)}` }
        }
        offset++
      }
      return { kind: 'acked', firstOffset }
    },
    publish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
