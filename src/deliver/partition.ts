// The partition that Kafka's own default partitioner gives a key, so that ours and a Java producer's records meet. Pure.

const M = 0x5bd1e995
const SEED = 0x9747b28c

/** Kafka's murmur2, 32 bits: org.apache.kafka.common.utils.Utils.murmur2. */
export function murmur2(data: Uint8Array): number {
  const whole = data.length & ~3
  let h = SEED ^ data.length
  for (let i = 0; i < whole; i += 4) {
    let k = byte(data, i) | (byte(data, i + 1) << 8) | (byte(data, i + 2) << 16) | (byte(data, i + 3) << 24)
    k = Math.imul(k, M)
    k = Math.imul(k ^ (k >>> 24), M)
    h = Math.imul(h, M) ^ k
  }
  for (let i = data.length - 1; i >= whole; i--) h ^= byte(data, i) << (8 * (i - whole))
  if (data.length > whole) h = Math.imul(h, M)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

const byte = (data: Uint8Array, index: number): number => data[index] as number

/** Partition of `key` in a topic of `partitions` partitions. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
