/** The lines of the test writer: 170 bytes with their newline, the same for the same tag and number at every run. */

export const lineBytes = 170
const digits = 10
const fillers = 997

export interface LineOptions {
  /** Every so many lines one holds bytes that are not UTF-8; 0: none. */
  readonly invalidEvery?: number
}

/** `count` whole lines `TAG SEQ FILLER\n`, numbered from `from`. */
export function lines(tag: string, from: number, count: number, options: LineOptions = {}): Buffer {
  const block = Buffer.allocUnsafe(count * lineBytes)
  const head = tag.length + 1
  const filler = head + digits + 1
  if (filler >= lineBytes - 8 || !/^[\w.-]+$/.test(tag)) throw new Error(`tag ${JSON.stringify(tag)}`)
  for (let i = 0; i < count; i++) {
    const at = i * lineBytes
    const seq = from + i
    block.write(`${tag} ${String(seq).padStart(digits, '0')} `, at, 'latin1')
    fillerTable.copy(block, at + filler, (seq % fillers) * lineBytes, (seq % fillers) * lineBytes + lineBytes - filler)
    if (options.invalidEvery && seq % options.invalidEvery === 0) block.set([0xff, 0xc3, 0x28, 0xfe], at + filler)
    block[at + lineBytes - 1] = 0x0a
  }
  return block
}

/** Letters that hardly compress, from a linear congruential generator with a fixed seed. */
const fillerTable = Buffer.alloc(fillers * lineBytes)
for (let i = 0, state = 1; i < fillerTable.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  fillerTable[i] = 'abcdefghijklmnopqrstuvwxyz012345'.charCodeAt(state >>> 27)
}
