// The parts of kafkajs 2.2.4 behind its public door that the guards and the seam touch; the version is pinned for this.

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[]
    throttledUntil: number
    scheduleCheckPendingRequests: () => void
  }
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

declare module 'kafkajs/package.json' {
  const manifest: { readonly version: string }
  export default manifest
}
