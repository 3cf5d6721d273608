// Whether this client may write to a topic, asked of the broker itself. Metadata has answered that since version 8 (KIP-430,
// https://cwiki.apache.org/confluence/display/KAFKA/KIP-430), kafkajs 2.2.4 speaks version 6: the same question is asked once
// more beside it, on its own connection, so that TLS and SASL are those of every other request.

import type { Admin } from 'kafkajs'
import Broker, { type ProtocolRequest } from 'kafkajs/src/broker/index.js'
import Decoder from 'kafkajs/src/protocol/decoder.js'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import { withDeadline } from './deadline.ts'

const METADATA = 3
/** The last version with the plain layout. */
const VERSION = 8
/** The bit is the operation's code: org.apache.kafka.common.acl.AclOperation. */
const WRITE = 1 << 4
/** What a broker says that was not asked, or does not know: MetadataResponse.AUTHORIZED_OPERATIONS_OMITTED. */
const OMITTED = -(2 ** 31)

const waiting = new Map<string, (operations: Promise<number>) => void>()
let listening = false

/** Null when the broker is older than Kafka 2.3, or does not say. Rejects with what kept it from answering. */
export async function mayWrite(admin: Admin, topic: string, patience: number): Promise<boolean | null> {
  listenIn()
  const asked = new Promise<number>((resolve) => waiting.set(topic, resolve))
  asked.catch(() => {})
  try {
    await admin.fetchTopicMetadata({ topics: [topic] })
    const operations = await withDeadline(asked, patience, 'the question for rights')
    return operations === OMITTED ? null : (operations & WRITE) !== 0
  } finally {
    waiting.delete(topic)
  }
}

/** Learns which of kafkajs' connections a question for metadata travels on. Idempotent. */
function listenIn(): void {
  if (listening) return
  listening = true
  const metadata = Broker.prototype.metadata
  Broker.prototype.metadata = function listened(this: Broker, topics?: string[]) {
    const [topic] = topics ?? []
    if (topic !== undefined) waiting.get(topic)?.(askOn(this, metadata, topic))
    return metadata.call(this, topics)
  }
}

async function askOn(broker: Broker, metadata: Broker['metadata'], topic: string): Promise<number> {
  if ((broker.versions?.[METADATA]?.maxVersion ?? 0) < VERSION) return OMITTED
  // The same broker, but for the request it looks up.
  const ours = Object.create(broker, { lookupRequest: { value: () => () => question(topic) } }) as Broker
  return (await metadata.call(ours, [topic])) as number
}

function question(topic: string): ProtocolRequest {
  return {
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () =>
        new Encoder().writeInt32(1).writeString(topic).writeBoolean(false).writeBoolean(false).writeBoolean(true),
    },
    response: { decode: async (raw: Buffer) => operationsIn(new Decoder(raw)), parse: async (found: number) => found },
  }
}

/** Layout: https://kafka.apache.org/protocol#The_Messages_Metadata, version 8; read up to the field that is wanted. */
function operationsIn(answer: Decoder): number {
  answer.readInt32() // throttle time
  answer.readArray(() => [answer.readInt32(), answer.readString(), answer.readInt32(), answer.readString()])
  answer.readString() // cluster id
  answer.readInt32() // controller
  const [operations = OMITTED] = answer.readArray(() => {
    answer.readInt16() // error
    answer.readString() // name
    answer.readBoolean() // internal
    answer.readArray(() => skipPartition(answer))
    return answer.readInt32()
  })
  return operations
}

function skipPartition(answer: Decoder): void {
  answer.readInt16() // error
  answer.readInt32() // index
  answer.readInt32() // leader
  answer.readInt32() // leader's epoch
  const skipNodes = (): number[] => answer.readArray(() => answer.readInt32())
  skipNodes() // replicas
  skipNodes() // in sync
  skipNodes() // offline
}
