import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { PannierError } from '../../src/support/errors.ts'
import { SlabPool } from '../../src/support/slabs.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const lines = (count: number, length = 100): string =>
  Array.from({ length: count }, (_, i) => `${String(i).padStart(8, '0')} ${'.'.repeat(length - 10)}\n`).join('')

const small = { message_conf: { max_message_length: '4KiB' } }
const roundRobin = { ...small, kafka_conf: { partitioner: 'round_robin' } }

async function withPartitions(agent: TestAgent, partitions: number): Promise<void> {
  agent.broker.partitions = partitions
  agent.append('warm.log', 'up\n')
  await agent.ship()
}

test('acks out of order never move the committed offset past a hole, and a crash re-ships only what is behind it', async (t) => {
  // P20 the state says shipped, Kafka never got it
  const agent = await startAgent(t, roundRobin)
  await withPartitions(agent, 4)
  const text = lines(120)
  agent.append('a.log', text)
  agent.broker.verdict = () => 'hold'
  await agent.round()
  const held = [...agent.broker.held]
  assert.ok(held.length >= 3, `${held.length} partitions are busy`)
  const offsetOf = ({ sent }: (typeof held)[0]): number =>
    (JSON.parse(String(sent.values[0])) as { offset: number }).offset
  held.sort((a, b) => offsetOf(a) - offsetOf(b))
  for (const later of held.slice(1)) later.answer('ack')
  await agent.round()
  assert.equal(agent.file('a.log').settled.offset, 0)
  agent.broker.verdict = () => 'ack'
  await agent.crash()
  assert.equal(agent.file('a.log').settled.offset, 0)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [text])
})

for (const verdict of ['refused', 'too_large'] as const) {
  test(`a batch in the middle that is answered ${verdict} is the only gap that is read again`, async (t) => {
    // P22 split first; P7 the whole fails for one
    const agent = await startAgent(t, roundRobin)
    await withPartitions(agent, 3)
    const text = lines(400)
    agent.append('a.log', text)
    let refused = 0
    agent.broker.verdict = ({ values }) => {
      const { offset, length } = JSON.parse(String(values[0])) as { offset: number; length: number }
      if (offset === 0 || refused > 0) return 'ack'
      refused = length
      return verdict
    }
    await agent.ship()
    assert.ok(refused > 1_000)
    assert.deepEqual(agent.shipped('a.log'), [text])
    const [held] = agent.held.filter(({ filename }) => filename.endsWith('a.log'))
    assert.equal(held?.duplicated, 0)
    assert.equal(agent.file('a.log').lag, 0)
  })
}

test('a batch refused again and again is shipped in the end, the limit that was learned is kept', async (t) => {
  // P22 MESSAGE_TOO_LARGE
  const agent = await startAgent(t)
  const text = lines(20_000)
  agent.append('a.log', text)
  agent.broker.verdict = ({ bytes }) => (bytes > 100_000 ? 'too_large' : 'ack')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [text])
  const sends = agent.broker.sends
  agent.append('a.log', lines(5_000))
  await agent.ship()
  assert.ok(agent.broker.taken.length - 1 >= agent.broker.sends - sends, 'nothing was refused again')
  agent.assertExact()
})

test('a record that is refused for its own content is a dead letter, all around it is shipped', async (t) => {
  // P7, P22 never drop a whole batch for one record
  const agent = await startAgent(t, small)
  await withPartitions(agent, 1)
  for (const name of ['a.log', 'b.log', 'c.log']) agent.append(name, `${name}\n`)
  agent.broker.verdict = ({ values }) => (values.some((value) => value.includes('b.log')) ? 'invalid' : 'ack')
  await agent.ship()
  await agent.rounds(2)
  assert.deepEqual(
    [agent.shipped('a.log'), agent.shipped('b.log'), agent.shipped('c.log')],
    [['a.log\n'], [], ['c.log\n']],
  )
  assert.deepEqual(agent.file('b.log').totals, { shipped: 0, filtered: 0, dead_lettered: 6, abandoned: 0 })
  const letter = JSON.parse(String(agent.state.disk.get('dead-letters.jsonl'))) as Record<string, unknown>
  assert.deepEqual([letter['filename'], letter['offset'], letter['length']], [agent.path('b.log'), 0, 6])
  agent.broker.verdict = () => 'ack'
  agent.append('b.log', 'goes on\n')
  await agent.ship()
  assert.deepEqual(agent.held.find(({ filename }) => filename === agent.path('b.log'))?.ranges, [[6, 14]])
})

test('a dead letter is durable before the committed offset passes it', async (t) => {
  const agent = await startAgent(t, small)
  await withPartitions(agent, 1)
  agent.append('a.log', 'good\n')
  await agent.ship()
  agent.append('a.log', 'poison\n')
  agent.broker.verdict = () => 'invalid'
  agent.state.full = true
  await agent.rounds(2)
  assert.equal(agent.file('a.log').settled.offset, 5)
  agent.state.full = false
  await agent.shipAfter(5_000)
  await agent.round()
  assert.equal(agent.file('a.log').settled.offset, 12)
  assert.ok(agent.state.disk.has('dead-letters.jsonl'))
})

test('an ack that is lost is followed by the same bytes, whatever was appended meanwhile', async (t) => {
  // Law 4: a retry that is cut longer loses bytes
  const agent = await startAgent(t, small)
  await withPartitions(agent, 1)
  agent.append('a.log', 'one\n')
  let lost = 0
  agent.broker.verdict = () => (lost++ < 3 ? 'lost_ack' : 'ack')
  for (let i = 0; i < 10; i++) {
    agent.append('a.log', `more ${i}\n`)
    await agent.round()
  }
  await agent.ship()
  const [held] = agent.held.filter(({ filename }) => filename.endsWith('a.log'))
  assert.equal(held?.bytes.toString(), `one\n${Array.from({ length: 10 }, (_, i) => `more ${i}\n`).join('')}`)
  assert.ok(lost > 3 && (held?.duplicated ?? 0) > 0)
  assert.equal(agent.eventsNamed('kafka_degraded').length, 1)
  assert.equal(agent.eventsNamed('kafka_recovered').length, 1)
})

test('a held ack stops neither rounds nor discovery, and nothing is sent behind it to that partition', async (t) => {
  const agent = await startAgent(t, small)
  await withPartitions(agent, 1)
  agent.append('a.log', 'one\n')
  agent.broker.verdict = () => 'hold'
  for (let i = 0; i < 5; i++) {
    const before = agent.clock.wall
    assert.equal((await agent.round()).done, false)
    assert.equal(agent.clock.wall - before, 1_000)
    agent.append(`new-${i}.log`, 'found\n')
  }
  assert.equal(agent.broker.held.length, 1)
  assert.ok(agent.files.length >= 5)
})

test('topic facts that fail are asked again, named once, and nothing is lost', async (t) => {
  const agent = await startAgent(t)
  agent.broker.factsFault = new PannierError('topic logs does not exist', { code: 'TOPIC_MISSING', hint: 'create it' })
  agent.append('a.log', 'one\n')
  await agent.rounds(20)
  assert.equal(agent.held.length, 0)
  assert.deepEqual(
    agent.eventsNamed('kafka_degraded').map(({ reason, hint }) => [reason, hint]),
    [['topic logs does not exist', 'create it']],
  )
  agent.broker.factsFault = null
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})

test('topic facts that come late are waited for by the files, not by the rounds', async (t) => {
  const agent = await startAgent(t)
  let come = (): void => {}
  agent.broker.factsDelay = new Promise((resolve) => (come = resolve))
  agent.append('a.log', 'one\n')
  await agent.rounds(3)
  agent.append('b.log', 'two\n')
  await agent.round()
  assert.equal(agent.file('b.log').size, 4)
  come()
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['one\n'], ['two\n']])
  assert.equal(agent.file('a.log').birth.partition, 0)
})

test('without the right to ask for the limit messages keep within 1,048,588 bytes', async (t) => {
  const agent = await startAgent(t)
  agent.broker.maxMessageBytes = null
  agent.append('a.log', lines(40_000))
  const sizes: number[] = []
  agent.broker.verdict = ({ bytes }) => {
    sizes.push(bytes)
    return 'ack'
  }
  await agent.ship()
  assert.ok(Math.max(...sizes) <= 1_048_588 && Math.max(...sizes) > 900_000)
})

test('the partition of a file is fixed at its birth, also when the topic gets more', async (t) => {
  const agent = await startAgent(t)
  await withPartitions(agent, 3)
  for (let i = 0; i < 10; i++) agent.append(`${i}.log`, 'one\n')
  await agent.ship()
  agent.broker.partitions = 11
  await agent.crash()
  await agent.round()
  for (let i = 0; i < 10; i++) agent.append(`${i}.log`, 'two\n')
  await agent.ship()
  const lanes = new Map<string, Set<number>>()
  for (const { key, partition } of agent.broker.taken) lanes.set(key, (lanes.get(key) ?? new Set()).add(partition))
  assert.deepEqual(
    [...lanes.values()].map((set) => set.size),
    Array.from({ length: 11 }, () => 1),
  )
})

test('a file of 50 MB does not keep a line of another file waiting', async (t) => {
  // Vector: test_fair_reads
  const agent = await startAgent(t)
  await withPartitions(agent, 1)
  agent.append('a-busy.log', Buffer.alloc(50_000_000, `${'x'.repeat(199)}\n`))
  agent.append('z-quiet.log', 'one line\n')
  let before = 0
  let served = false
  agent.broker.verdict = ({ values, bytes }) => {
    served ||= values.some((value) => value.includes('z-quiet'))
    if (!served) before += bytes
    return 'ack'
  }
  await agent.round()
  assert.ok(served && before <= 6 * 1024 * 1024, `${before} bytes of the busy file came first`)
  assert.deepEqual(agent.shipped('z-quiet.log'), ['one line\n'])
})

test('memory in use never exceeds memory_limit, and all partitions dead but one, that one ships on', async (t) => {
  // P26 memory
  let most = 0
  const acquire = SlabPool.prototype.acquire
  SlabPool.prototype.acquire = function (size) {
    const slab = acquire.call(this, size)
    most = Math.max(most, this.used)
    return slab
  }
  t.after(() => {
    SlabPool.prototype.acquire = acquire
  })
  const agent = await startAgent(t, {
    basic_conf: { memory_limit: '4MiB', read_bytes_per_turn: '256KiB' },
    message_conf: { max_message_length: '128KiB' },
  })
  await withPartitions(agent, 8)
  for (let i = 0; i < 40; i++) agent.append(`${i}.log`, lines(5_000))
  await agent.rounds(1)
  const alive = agent.file('0.log').birth.partition
  assert.ok(new Set(agent.files.map(({ birth }) => birth.partition)).size >= 6)
  for (let i = 0; i < 40; i++) agent.append(`${i}.log`, lines(5_000))
  agent.broker.verdict = ({ partition }) => (partition === alive ? 'ack' : 'unknown')
  await agent.rounds(10)
  for (const file of agent.files) if (file.birth.partition === alive) assert.equal(file.lag, 0, file.path)
  assert.ok(agent.files.some(({ lag }) => lag > 0))
  assert.ok(most > 1_000_000 && most <= 4 * 1024 * 1024, String(most))
  agent.broker.verdict = () => 'ack'
  await agent.ship(50)
  for (let i = 0; i < 40; i++) assert.deepEqual(agent.shipped(`${i}.log`), [lines(5_000) + lines(5_000)])
  agent.assertExact()
})

test('with round_robin a dead partition keeps its own messages and no others', async (t) => {
  const agent = await startAgent(t, roundRobin)
  await withPartitions(agent, 4)
  agent.append('a.log', lines(2_000))
  agent.broker.verdict = ({ partition }) => (partition === 1 ? 'unknown' : 'ack')
  const before = agent.clock.wall
  await agent.rounds(1)
  const held = agent.held.find(({ filename }) => filename === agent.path('a.log'))
  const bytes = held?.ranges.reduce((sum, [start, end]) => sum + end - start, 0) ?? 0
  assert.ok(bytes > 150_000, `${bytes} of 200,000 bytes came in ${agent.clock.wall - before} ms`)
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(2_000)])
})

test("nothing is sent any more once the agent's parts are closed, so that the next configuration does not send it twice", async (t) => {
  const agent = await startAgent(t)
  await withPartitions(agent, 1)
  agent.broker.verdict = () => 'unknown'
  agent.append('a.log', 'one\n')
  await agent.rounds(2)
  await agent.parts.close()
  agent.broker.verdict = () => 'ack'
  const before = agent.broker.sends
  for (let i = 0; i < 10; i++) {
    agent.clock.advance(10_000)
    await eventLoopTurn()
  }
  assert.equal(agent.broker.sends, before)
})

test('a dead letter that a full disk cut short does not spoil the next one', async (t) => {
  const agent = await startAgent(t)
  await withPartitions(agent, 1)
  agent.broker.verdict = () => 'invalid'
  agent.append('a.log', 'poison\n')
  let cut = 0
  const openAppend = agent.state.openAppend.bind(agent.state)
  agent.state.openAppend = async (name) => {
    const file = await openAppend(name)
    agent.state.full = name === 'dead-letters.jsonl' && cut++ === 0
    return file
  }
  await agent.rounds(2)
  agent.state.full = false
  await agent.shipAfter(5_000)
  await agent.round()
  const text = String(agent.state.disk.get('dead-letters.jsonl'))
  const [, whole] = text.split('\n')
  assert.equal((JSON.parse(String(whole)) as { length: number }).length, 7)
})
