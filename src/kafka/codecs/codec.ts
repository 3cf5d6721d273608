// What the codecs are called, by Kafka's numbers for them (https://kafka.apache.org/documentation/#recordbatch), and what each does.

export const CODES = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

export type CodecName = keyof typeof CODES

/** One is used by one caller at a time: what it returns is a view of its own memory, good until the next call. */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array
  /** Throws where the bytes are damaged. */
  decompress(bytes: Uint8Array): Uint8Array
}

export const damaged = (name: CodecName): Error => new Error(`a record batch compressed by ${name} is damaged`)
