// Kafka's record format, version 2, laid out in place: https://kafka.apache.org/documentation/#record

/** Bytes of a zig-zag varint for `value` >= 0. */
export function varintLength(value: number): number {
  let length = 1
  for (let rest = value * 2; rest > 0x7f; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes `value` >= 0 as a zig-zag varint; returns the position behind it. */
export function putVarint(into: Buffer, at: number, value: number): number {
  let rest = value * 2
  let position = at
  while (rest > 0x7f) {
    into[position++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 128)
  }
  into[position++] = rest
  return position
}

/** The most that length, attributes, deltas and the varints of key, value and header count can take. */
export const RECORD_OVERHEAD_MAX = 5 + 1 + 1 + 5 + 5 + 5 + 3

/** Bytes of a whole record, its own length varint included. `headers` counts their number varint. */
export function recordLength(index: number, key: number, value: number, headers: number): number {
  const body = bodyLength(index, key, value, headers)
  return varintLength(body) + body
}

function bodyLength(index: number, key: number, value: number, headers: number): number {
  return 2 + varintLength(index) + varintLength(key) + key + varintLength(value) + value + headers
}

/** Writes all of a record that precedes its value: lengths, attributes, deltas (time 0), key. Returns where the value begins. */
export function putRecordHead(
  into: Buffer,
  at: number,
  index: number,
  key: Buffer,
  valueLength: number,
  headersLength: number,
): number {
  let position = putVarint(into, at, bodyLength(index, key.length, valueLength, headersLength))
  into[position++] = 0 // attributes: none are defined
  into[position++] = 0 // timestamp delta: all records of a batch were read at one time
  position = putVarint(into, position, index)
  position = putVarint(into, position, key.length)
  position += key.copy(into, position)
  return putVarint(into, position, valueLength)
}

/** One header in the record format. */
export function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name)
  const valueBytes = Buffer.from(value)
  const out = Buffer.alloc(
    varintLength(nameBytes.length) + nameBytes.length + varintLength(valueBytes.length) + valueBytes.length,
  )
  let position = putVarint(out, 0, nameBytes.length)
  position += nameBytes.copy(out, position)
  position = putVarint(out, position, valueBytes.length)
  valueBytes.copy(out, position)
  return out
}
