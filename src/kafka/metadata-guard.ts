// kafkajs 2.2.4 refuses a whole answer for metadata when one partition in it has no leader, and with it every send to every
// topic. Partitions fail independently: the one without a leader is left to fail by itself, as "Broker -1 not found".
// https://github.com/tulios/kafkajs/blob/v2.2.4/src/protocol/requests/metadata/v0/response.js

import Broker, { type ProtocolRequest } from 'kafkajs/src/broker/index.js'

const GUARDED = Symbol.for('pannier.metadataGuard')

interface Metadata {
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly object[] }[]
}

/** Idempotent. */
export function guardMetadata(): void {
  const prototype = Broker.prototype as Broker & { [GUARDED]?: true }
  if (prototype[GUARDED] === true) return
  prototype[GUARDED] = true
  const metadata = prototype.metadata
  prototype.metadata = function guarded(this: Broker, topics?: string[]) {
    const lookupRequest: Broker['lookupRequest'] = (key, definitions) => {
      const lookup = this.lookupRequest(key, definitions)
      return (options) => forgiving(lookup(options))
    }
    return metadata.call(Object.create(this, { lookupRequest: { value: lookupRequest } }) as Broker, topics)
  }
}

function forgiving(protocol: ProtocolRequest): ProtocolRequest {
  const parse = (data: unknown): Promise<unknown> =>
    protocol.response.parse(isMetadata(data) ? withoutFaults(data) : data)
  return { ...protocol, response: { ...protocol.response, parse } }
}

/** Not every answer to a question for metadata was decoded by kafkajs: see topic-rights.ts. */
const isMetadata = (data: unknown): data is Metadata =>
  typeof data === 'object' && data !== null && 'topicMetadata' in data

function withoutFaults(data: Metadata): Metadata {
  const topicMetadata = data.topicMetadata.map((topic) => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map((partition) => ({ ...partition, partitionErrorCode: 0 })),
  }))
  return { ...data, topicMetadata }
}
