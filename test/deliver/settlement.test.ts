// Whatever Kafka answers, in whatever order: every slab comes back, every byte is in one account, and nothing waits for ever.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SendOutcome } from '../../src/deliver/broker.ts'
import { Burials } from '../../src/deliver/burials.ts'
import { Health, type HealthEvent } from '../../src/deliver/health.ts'
import type { Lane } from '../../src/deliver/lane.ts'
import { Lanes } from '../../src/deliver/lanes.ts'
import { Probes } from '../../src/deliver/probes.ts'
import { Routes } from '../../src/deliver/routes.ts'
import { Settlement } from '../../src/deliver/settlement.ts'
import { EMPTY } from '../../src/files/fingerprint.ts'
import type { Life } from '../../src/files/life.ts'
import { START } from '../../src/files/position.ts'
import { TrackedFile } from '../../src/files/tracked-file.ts'
import type { Chunk } from '../../src/lines/chunk.ts'
import { newBatch } from '../../src/message/batch.ts'
import { putRecordHead, putVarint } from '../../src/message/record.ts'
import type { RefusedLetter } from '../../src/state/dead-letter.ts'
import { Sessions } from '../../src/state/session.ts'
import { SlabPool } from '../../src/support/slabs.ts'
import { acked, impatientClock, invalid, refused, type Script, scriptedBroker, tooLarge, unknown } from './script.ts'

const LIMIT = 4096
const POOL = 64 * 1024
const PARTITIONS = 3
const KEY = Buffer.from('/var/log/app.log')

function fileOf(number: number, size: number, life: Life = 'living'): TrackedFile {
  const identity = { dev: 1n, ino: BigInt(number), birth: 0n, head: EMPTY }
  const birth = {
    id: number.toString(16).padStart(32, '0'),
    input: 'default',
    path: `/var/log/app-${number}.log`,
    topic: 'logs',
    partition: number % PARTITIONS,
    start: 0,
    at: 0,
    identity,
  }
  return new TrackedFile({ birth, identity, path: birth.path, size, settled: START, life })
}

function setUp(script: Script) {
  const broker = scriptedBroker(script)
  const clock = impatientClock()
  const events: HealthEvent[] = []
  const abandoned: number[] = []
  const health = new Health(
    (event) => events.push(event),
    () => clock.monotonic(),
  )
  const pool = new SlabPool(POOL)
  const sessions = new Sessions({ rollover: '0 0 * * *', timezone: 'UTC' }, null, clock.now())
  const routes = new Routes({ broker, clock, random: () => 0.5, health, largestBatch: POOL / 4, changed: () => {} })
  const probes = new Probes()
  const burials = new Burials()
  let rings = 0
  const settlement = new Settlement({
    pool,
    health,
    emit: (event) => event.name === 'chunk_abandoned' && abandoned.push(event.abandoned),
    routes: () => routes,
    tally: null,
    probes,
    burials,
    facts: { host: 'host-1', formatOf: () => 'json' },
    ring: () => rings++,
  })
  const lanes = new Lanes({ broker, clock, random: () => 0.5, packer: null }, settlement)
  const made = { broker, clock, events, abandoned, health, pool, sessions, routes, settlement }
  return { ...made, probes, burials, lanes, rings: () => rings }
}
type Parts = ReturnType<typeof setUp>

/** Takes the file's next `bytes` bytes into the lane's open batch, as a turn would. False when the pool is empty. */
function fill({ pool, sessions, clock }: Parts, lane: Lane, file: TrackedFile, bytes: number): boolean {
  if (lane.open === null) {
    const slab = pool.acquire(LIMIT)
    if (slab === null) return false
    lane.open = newBatch({ topic: lane.topic, partition: lane.partition, slab, limit: LIMIT, timestamp: clock.now() })
  }
  const batch = lane.open
  const before = file.cursor
  const offset = Math.min(file.size, file.readLimit, before.offset + bytes)
  if (offset <= before.offset || batch.end + 200 > LIMIT) return false
  const after = { offset, carry: null, mark: EMPTY }
  const value = Buffer.from(`${file.id} ${before.offset} ${offset}`)
  let at = putRecordHead(batch.slab.bytes, batch.end, batch.records, KEY, value.length, 1)
  at += value.copy(batch.slab.bytes, at)
  batch.end = putVarint(batch.slab.bytes, at, 0)
  const place = { lines: 1, records: 1, firstRecord: batch.records++, crc32: 0 }
  const session = sessions.current.id
  const chunk: Chunk = { file, before, after, session, ...place }
  batch.chunks.push(chunk)
  file.take(chunk)
  return true
}

const anyOutcome = fc.constantFrom(acked, refused, unknown, tooLarge, invalid)
const script = fc.array(anyOutcome, { maxLength: 40 })
const files = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 60 }), step: fc.integer({ min: 1, max: 20 }), ends: fc.boolean() }),
  { minLength: 1, maxLength: 7 },
)

test('after any answers every slab is back, every byte in one account, and no session waits', async () => {
  await fc.assert(
    fc.asyncProperty(script, files, async (outcomes, made) => {
      const landed = new Map<string, number>()
      const parts = setUp((batch, nth): SendOutcome => {
        const outcome = outcomes[nth] ?? acked
        if (outcome.kind !== 'acked') return outcome
        const partition = `${batch.topic}/${batch.partition}`
        const firstOffset = landed.get(partition) ?? 0
        landed.set(partition, firstOffset + batch.records)
        return { kind: 'acked', firstOffset }
      })
      const { lanes, pool, probes, burials, sessions } = parts
      const tracked = made.map(({ size }, index) => fileOf(index, size))
      for (let turn = 0; tracked.some((file) => file.lag > 0); turn++) {
        assert.ok(turn < 2000, 'the files never come to their end')
        for (const [index, file] of tracked.entries()) {
          const lane = lanes.lane('logs', index % PARTITIONS)
          const { step, ends } = made[index] as (typeof made)[number]
          if (file.life === 'living' && lane.accepts) fill(parts, lane, file, step)
          // Half of the files vanish while their first bytes are on the way.
          if (ends && file.cursor.offset === file.size) file.life = 'gone'
          if (probes.isAlone(file)) lane.flush()
          probes.taken(file)
        }
        lanes.flush()
        await new Promise((resolve) => setImmediate(resolve))
        for (const { chunk } of burials.waiting) chunk.file.settle(chunk, 'dead_lettered', null)
        burials.done(burials.waiting)
      }
      while (!lanes.idle) await new Promise((resolve) => setImmediate(resolve))
      assert.equal(pool.used, 0)
      for (const { totals, size, inFlight, settled } of tracked) {
        const accounts = Object.values(totals).reduce((sum, bytes) => sum + bytes, 0)
        assert.deepEqual(
          { accounts, inFlight, settled: settled.offset },
          { accounts: size, inFlight: false, settled: size },
        )
      }
      for (const file of tracked) assert.equal(file.awaits(sessions.current.id), false)
    }),
    { numRuns: 150 },
  )
})

test('what a displaced file had on its way is not given up when Kafka refuses it: a copy may hold it', async () => {
  const parts = setUp(() => invalid)
  const { lanes, abandoned } = parts
  const file = fileOf(0, 10)
  const lane = lanes.lane('logs', 0)
  fill(parts, lane, file, 5)
  fill(parts, lane, file, 5)
  file.life = 'displaced'
  lane.flush()
  while (!lanes.idle) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(abandoned, [])
  assert.equal(file.cursor.offset, 0)
  assert.equal(file.lag, 10)
})

test('a refusal holds no memory while its partition rests', async () => {
  const parts = setUp(() => refused)
  const { lanes, pool, events } = parts
  const file = fileOf(0, 10)
  const lane = lanes.lane('logs', 0)
  assert.ok(fill(parts, lane, file, 10))
  lane.flush()
  assert.equal(pool.used, LIMIT)
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  assert.ok(!lane.healthy)
  assert.equal(pool.used, 0)
  assert.equal(file.cursor.offset, 0)
  assert.deepEqual(
    events.map(({ name }) => name),
    ['kafka_degraded'],
  )
})

test('one of several chunks is invalid: each travels alone, and only the bad one becomes a dead letter, whole', async () => {
  const parts = setUp((batch) =>
    batch.slab.bytes.toString('latin1', 0, batch.end).includes(`${fileOf(2, 1).id} `) ? invalid : acked,
  )
  const { lanes, probes, burials, pool } = parts
  const tracked = [fileOf(0, 10), fileOf(1, 10), fileOf(2, 10)]
  const lane = lanes.lane('logs', 0)
  for (const file of tracked) fill(parts, lane, file, 10)
  lane.flush()
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(tracked.every((file) => probes.isAlone(file)))
  for (const file of tracked) {
    assert.ok(fill(parts, lane, file, 10))
    lane.flush()
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(
    tracked.map(({ totals }) => totals.shipped),
    [10, 10, 0],
  )
  assert.equal(pool.used, 0)
  assert.equal(burials.waiting.length, 1)
  const letter = burials.waiting[0]?.letter as RefusedLetter
  assert.deepEqual(
    { ...letter, messages: letter.messages.map((one) => Buffer.from(one, 'base64').toString()) },
    {
      file_id: tracked[2]?.id,
      filename: tracked[2]?.birth.path,
      offset: 0,
      length: 10,
      reason: 'INVALID_RECORD: told so',
      host: 'host-1',
      session: parts.sessions.current.id,
      crc32: '00000000',
      topic: 'logs',
      partition: 0,
      key: String(KEY),
      format: 'json',
      headers: [{}],
      messages: [`${tracked[2]?.id} 0 10`],
    },
  )
})
