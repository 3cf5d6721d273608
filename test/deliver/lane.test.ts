// One partition: one batch in flight, endless tries, and an unknown outcome repeated byte for byte before anything else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SendOutcome } from '../../src/deliver/broker.ts'
import { Lane, type LaneWatcher } from '../../src/deliver/lane.ts'
import type { Packer } from '../../src/deliver/packer.ts'
import type { Batch } from '../../src/message/batch.ts'
import {
  acked,
  batchWith,
  impatientClock,
  invalid,
  refused,
  type Script,
  scriptedBroker,
  tooLarge,
  unknown,
} from './script.ts'

interface Seen {
  readonly what: 'acked' | 'returned'
  readonly text: string
  readonly kind: SendOutcome['kind']
}

function laneWith(script: Script, rereadable: (batch: Batch) => boolean = () => true, packer: Packer | null = null) {
  const broker = scriptedBroker(script)
  const clock = impatientClock()
  const seen: Seen[] = []
  const reasons: string[] = []
  let rests = 0
  const watcher: LaneWatcher = {
    canReread: rereadable,
    acked: (batch) => void seen.push({ what: 'acked', text: textOf(batch), kind: 'acked' }),
    returned: (batch, { kind }) => void seen.push({ what: 'returned', text: textOf(batch), kind }),
    failing: (_lane, reason) => void reasons.push(reason),
    rested: () => void rests++,
  }
  const lane = new Lane('logs', 0, { broker, clock, random: () => 0.5, watcher, packer })
  return { lane, broker, clock, seen, reasons, rests: () => rests }
}

const textOf = (batch: Batch): string => batch.slab.bytes.toString('latin1', 61, batch.end)

async function settled(lane: Lane): Promise<void> {
  for (let turns = 0; !lane.idle || !lane.healthy; turns++) {
    assert.ok(turns < 10_000, 'the lane never comes to rest')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('an unknown outcome is repeated byte for byte until it is known, and what was filled behind it waits on the disk', async () => {
  const { lane, broker, seen } = laneWith((batch, nth) => {
    // Whatever happened to the slab outside its batch is nobody's business; the batch itself is the same.
    if (nth === 0) lane.open = batchWith('behind')
    return nth < 20 ? (nth % 2 === 0 ? unknown : refused) : acked
  })
  lane.open = batchWith('first')
  lane.flush()
  await settled(lane)
  assert.equal(new Set(broker.sent).size, 1)
  assert.equal(broker.sent.length, 21)
  assert.deepEqual(seen, [
    { what: 'returned', text: 'behind', kind: 'refused' },
    { what: 'acked', text: 'first', kind: 'acked' },
  ])
})

test('a definite refusal gives all back, the later batch first, and nothing is held while it rests', async () => {
  const { lane, seen, broker } = laneWith(() => {
    lane.open = batchWith('behind')
    return refused
  })
  lane.open = batchWith('first')
  lane.flush()
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(lane.idle)
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['behind', 'first'],
  )
  await settled(lane)
  assert.equal(broker.sent.length, 1)
})

test('what cannot be read again is kept through refusals and sent as it is', async () => {
  const { lane, seen, broker } = laneWith(
    (_batch, nth) => (nth < 5 ? refused : acked),
    () => false,
  )
  lane.open = batchWith('only copy')
  lane.flush()
  await settled(lane)
  assert.equal(broker.sent.length, 6)
  assert.deepEqual(seen, [{ what: 'acked', text: 'only copy', kind: 'acked' }])
})

for (const outcome of [tooLarge, invalid]) {
  test(`${outcome.kind} is given back at once, without a pause and without a failure`, async () => {
    const { lane, seen, clock, reasons } = laneWith(() => outcome)
    lane.open = batchWith('first')
    lane.flush()
    await settled(lane)
    assert.deepEqual(seen, [{ what: 'returned', text: 'first', kind: outcome.kind }])
    assert.deepEqual([clock.waits, reasons], [[], []])
  })
}

test('tries are endless, the pauses between them grow to a cap and no further', async () => {
  const { lane, clock, reasons, rests } = laneWith((_batch, nth) => (nth < 500 ? unknown : acked))
  lane.open = batchWith('first')
  lane.flush()
  await settled(lane)
  assert.equal(clock.waits.length, 500)
  assert.deepEqual(clock.waits.slice(0, 8), [75, 150, 300, 600, 1200, 2400, 3750, 3750])
  assert.equal(clock.waits.at(-1), 3750)
  assert.equal(reasons.length, 500)
  assert.equal(rests(), 500)
})

test('after a success the pauses begin small again', async () => {
  const { lane, clock } = laneWith((_batch, nth) => (nth === 3 || nth === 5 ? acked : unknown))
  for (const text of ['first', 'second']) {
    lane.open = batchWith(text)
    lane.flush()
    await settled(lane)
  }
  assert.deepEqual(clock.waits, [75, 150, 300, 75])
})

test('one batch is in flight, and the one behind it leaves when its answer is there', async () => {
  const answers: ((outcome: SendOutcome) => void)[] = []
  const { lane, broker, seen } = laneWith(() => new Promise((resolve) => answers.push(resolve)))
  lane.open = batchWith('first')
  lane.flush()
  lane.open = batchWith('second')
  lane.flush()
  lane.flush()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(broker.sent.length, 1)
  assert.ok(lane.busy)
  answers[0]?.(acked)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(broker.sent.length, 2)
  answers[1]?.(acked)
  await settled(lane)
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['first', 'second'],
  )
})

test('a partition that makes trouble takes nothing new until its pause is over', async () => {
  const { lane } = laneWith((_batch, nth) => (nth === 0 ? refused : acked))
  lane.open = batchWith('first')
  lane.flush()
  assert.ok(lane.accepts)
  await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => resolve(null)))))
  assert.ok(!lane.accepts)
  await settled(lane)
  assert.ok(lane.accepts)
})

test('a batch is packed once, before its first try, and every try has the same bytes', async () => {
  const packed: string[] = []
  const packer: Packer = {
    shares: false,
    async pack(batch) {
      packed.push(textOf(batch))
      await new Promise((resolve) => setImmediate(resolve))
      batch.encoded = batch.end
      batch.end = 61 + batch.slab.bytes.write(`short ${packed.length}`, 61)
      batch.codec = 3
    },
    close: async () => {},
  }
  const { lane, broker, seen } = laneWith((_batch, nth) => (nth < 5 ? unknown : acked), undefined, packer)
  lane.open = batchWith('a long text')
  lane.flush()
  await settled(lane)
  assert.deepEqual(packed, ['a long text'])
  assert.deepEqual(
    new Set(broker.sent.map((text) => text.slice(61))),
    new Set(['short 1']),
    'other bytes were sent after an unknown outcome',
  )
  assert.deepEqual(seen, [{ what: 'acked', text: 'short 1', kind: 'acked' }])
  const plain = batchWith('to be seen as it is')
  plain.plain = true
  lane.open = plain
  lane.flush()
  await settled(lane)
  assert.equal(packed.length, 1)
})

test('a lane that was closed while a batch was packed sends nothing', async () => {
  let finish = (): void => {}
  const packer: Packer = {
    shares: false,
    pack: () =>
      new Promise((resolve) => {
        finish = resolve
      }),
    close: async () => {},
  }
  const { lane, broker } = laneWith(() => acked, undefined, packer)
  lane.open = batchWith('late')
  lane.flush()
  lane.close()
  finish()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(broker.sent, [])
})
