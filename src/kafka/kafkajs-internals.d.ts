// The parts of kafkajs 2.2.4 behind its public door that the guards and the seam touch; the version is pinned for this.

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[]
    throttledUntil: number
    scheduleCheckPendingRequests: () => void
  }
}

declare module 'kafkajs/src/network/connection.js' {
  export default class Connection {
    /** Milliseconds before the end of the session at which the next request logs in anew. */
    reauthenticationThreshold: number
  }
}

declare module 'kafkajs/src/broker/saslAuthenticator/*' {
  import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs'

  export default function provider(account: {
    readonly username: string
    readonly password: string
  }): (args: AuthenticationProviderArgs) => Authenticator
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    readonly buffer: Buffer
    size(): number
    writeInt16(value: number): this
    writeInt32(value: number): this
    writeString(value: string | null): this
    writeBoolean(value: boolean): this
    writeBuffer(value: Buffer): this
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer)
    readInt16(): number
    readInt32(): number
    readBoolean(): boolean
    readString(): string | null
    readArray<T>(read: () => T): T[]
  }
}

declare module 'kafkajs/src/broker/index.js' {
  export interface ProduceArguments {
    readonly acks: number
    readonly timeout: number
    readonly transactionalId?: string | null
    readonly producerId?: { toString(): string } | number
    readonly producerEpoch?: number
    readonly topicData: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly firstSequence?: number
        readonly messages: readonly object[]
      }[]
    }[]
  }
  export interface ProtocolRequest {
    readonly request: {
      readonly apiVersion: number
      readonly encode: () => Promise<unknown>
      readonly apiKey?: number
      readonly apiName?: string
    }
    readonly response: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> }
  }
  export default class Broker {
    constructor(options: { readonly connectionPool: object; readonly logger: object })
    /** By the number of the request; null before the connection is made. */
    readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null
    metadata: (topics?: string[]) => Promise<unknown>
    lookupRequest(apiKey: number, definitions: unknown): (options: object) => ProtocolRequest
    produce: (args: ProduceArguments) => Promise<unknown>
  }
}

declare module 'kafkajs/src/cluster/index.js' {
  import type { ProduceArguments } from 'kafkajs/src/broker/index.js'
  import type { Fetched } from 'kafkajs/src/consumer/batch.js'

  export interface PartitionMetadata {
    readonly partitionId: number
    /** -1: none. */
    readonly leader: number
  }
  export interface FetchArguments {
    readonly isolationLevel: number
    readonly maxWaitTime: number
    readonly minBytes: number
    readonly maxBytes: number
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly fetchOffset: string
        readonly maxBytes: number
      }[]
    }[]
  }
  export interface ProducerIds {
    readonly transactionalId: string
    readonly producerId: string
    readonly producerEpoch: number
  }
  export interface FetchingBroker {
    produce(args: ProduceArguments): Promise<{
      readonly topics: readonly { readonly partitions: readonly { readonly baseOffset: string }[] }[]
    }>
    initProducerId(args: {
      readonly transactionalId: string
      readonly transactionTimeout: number
    }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
    addPartitionsToTxn(
      args: ProducerIds & {
        readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
      },
    ): Promise<unknown>
    endTxn(args: ProducerIds & { readonly transactionResult: boolean }): Promise<unknown>
    fetch(
      request: FetchArguments,
    ): Promise<{ readonly responses: readonly { readonly partitions: readonly Fetched[] }[] }>
  }
  export interface Cluster {
    connect(): Promise<void>
    disconnect(): Promise<void>
    addTargetTopic(topic: string): Promise<void>
    refreshMetadata(): Promise<void>
    refreshMetadataIfNecessary(): Promise<void>
    findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[]
    findBroker(which: { readonly nodeId: number | string }): Promise<FetchingBroker>
    findGroupCoordinatorMetadata(which: {
      readonly groupId: string
      readonly coordinatorType: number
    }): Promise<{ readonly coordinator: { readonly nodeId: number } }>
    fetchTopicsOffset(
      topics: readonly {
        readonly topic: string
        readonly fromBeginning: boolean
        readonly partitions: readonly { readonly partition: number }[]
      }[],
    ): Promise<
      readonly {
        readonly topic: string
        readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
      }[]
    >
  }
}

declare module 'kafkajs/src/consumer/batch.js' {
  import type { KafkaMessage } from 'kafkajs'

  export type FetchedMessage = KafkaMessage & {
    /** Of a transaction's end: no message. */
    readonly isControlRecord: boolean
    readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
  }
  /** One partition of an answer to a fetch. */
  export interface Fetched {
    readonly partition: number
    readonly messages: readonly FetchedMessage[]
    readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null
  }
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, fetched: Fetched)
    /** From the fetched offset on, without those of aborted transactions and without control records. */
    readonly messages: readonly KafkaMessage[]
    /** As they came. */
    readonly rawMessages: readonly KafkaMessage[]
    lastOffset(): string
  }
}

declare module 'kafkajs/package.json' {
  const manifest: { readonly version: string }
  export default manifest
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(bytes: Buffer): number
}
