/** The lines of the test writer: 170 bytes with their newline, the same for the same tag and number at every run. */

export const lineBytes = 170
const digits = 10
const fillers = 997

export interface LineOptions {
  /** Every so many lines one holds bytes that are not UTF-8; 0: none. */
  readonly invalidEvery?: number
  /** They read like those of a service and compress like them; else they hardly do. */
  readonly prose?: boolean
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
    if (options.prose === true) putProse(block, at + filler, at + lineBytes - 1, seq)
    else
      fillerTable.copy(
        block,
        at + filler,
        (seq % fillers) * lineBytes,
        (seq % fillers) * lineBytes + lineBytes - filler,
      )
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

const prose =
  'INFO WARN ERROR GET POST /api/v1/orders /api/v1/items user session request connection closed timeout retry payment service latency handled in ms from status 200 404 500 org.example.Handler Thread-'.split(
    ' ',
  )

/** Words of a service's log, and a number here and there, from the line's own number. */
function putProse(into: Buffer, from: number, end: number, seq: number): void {
  let state = Math.imul(seq + 1, 2_654_435_761)
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let text = `2026-11-21T10:${String(Math.floor(seq / 60_000) % 60).padStart(2, '0')}:${((seq % 60_000) / 1000).toFixed(3).padStart(6, '0')}Z`
  while (text.length < end - from) text += ` ${prose[draw(prose.length)]}${draw(4) === 0 ? draw(1e6).toString(36) : ''}`
  into.write(text.slice(0, end - from), from, 'latin1')
}
