// What a reader of committed records is shown of an answer to a fetch. kafkajs 2.2.4 filters too, with three faults: it takes the
// aborted transactions in the order in which they ended, enters one of them for each record at most, and takes any record whose key
// is four zeros for the marker that ends one. https://github.com/tulios/kafkajs/blob/v2.2.4/src/consumer/filterAbortedMessages.js

import type { KafkaMessage } from 'kafkajs'
import type { Fetched, FetchedMessage } from 'kafkajs/src/consumer/batch.js'

/** Type in the key of a control record, behind its version: https://kafka.apache.org/documentation/#controlbatch */
const ABORT = 0
const TYPE_AT = 2

/** From `from` on, without what was aborted and without control records. */
export function committedMessages({ messages, abortedTransactions }: Fetched, from: number): KafkaMessage[] {
  const aborted = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .toSorted((a, b) => a.firstOffset - b.firstOffset)
  const under = new Set<string>()
  return messages.filter((message) => {
    const offset = Number(message.offset)
    while (aborted[0] !== undefined && aborted[0].firstOffset <= offset) under.add(aborted.shift()?.producerId ?? '')
    const { producerId, inTransaction } = message.batchContext
    if (message.isControlRecord) {
      if (isAbort(message)) under.delete(producerId)
      return false
    }
    return offset >= from && !(inTransaction && under.has(producerId))
  })
}

const isAbort = ({ key }: FetchedMessage): boolean =>
  key !== null && key.length >= TYPE_AT + 2 && key.readInt16BE(TYPE_AT) === ABORT
