// Character boundaries in UTF-8, so that a line which is cut is cut between characters. Pure.

/**
 * The greatest length <= `length` at which `bytes` can be cut without dividing a UTF-8 character.
 * Bytes that are no UTF-8 are cut where they are. Source of the rule: RFC 3629, section 3.
 */
export function wholeCharacters(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= 3 && back < length; back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return length
    if (byte >= 0xc0) return sequenceLength(byte) > back ? length - back : length
  }
  return length
}

const sequenceLength = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2)
