import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { partitionOf } from '../../src/deliver/partition.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const MB = 1_000_000

/** So many bytes of whole lines that name the generation. */
const backlog = (generation: number, bytes: number): string =>
  `generation ${generation} ${'x'.repeat(85)}\n`.repeat(bytes / 100)

/** The generations in the order in which their messages came, each change told once. */
function order(agent: TestAgent): string[] {
  const generations = agent.broker.taken.flatMap(({ value }) => {
    const { content } = JSON.parse(value.toString()) as { content: string }
    return [...content.matchAll(/^generation (\d+)/gm)].map(([, number = '']) => number)
  })
  return generations.filter((one, index) => one !== generations[index - 1])
}

test('with 20 MB unread in a renamed file and 20 MB in its successor all of the first comes before the second', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', backlog(1, 20 * MB))
  await agent.round({ lasts: 0 })
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', backlog(2, 20 * MB))
  await agent.ship()
  assert.deepEqual(order(agent), ['1', '2'])
  assert.equal(agent.broker.taken.length > 40, true)
  agent.assertExact()
})

for (const [what, verdicts] of [
  ['', []],
  [', also when batches come back', ['refused', 'unknown', 'too_large']],
] as const) {
  test(`five generations of a path keep their order over a crash, with other files between them${what}`, async (t) => {
    const agent = await startAgent(t, {
      basic_conf: { read_bytes_per_turn: '8KiB' },
      message_conf: { max_message_length: '16KiB' },
    })
    agent.broker.partitions = 2
    for (let generation = 1; generation <= 5; generation++) {
      agent.append('a.log', backlog(generation, 100_000))
      agent.append(`other-${generation}.log`, 'other line\n'.repeat(1_000))
      await agent.round({ lasts: 0 })
      if (generation === 3) await agent.crash()
      if (generation === 5) break
      for (let number = generation; number > 1; number--) agent.rename(`a.log.${number - 1}`, `a.log.${number}`)
      agent.rename('a.log', 'a.log.1')
    }
    const answers = verdicts.flatMap((verdict) => [verdict, 'ack'] as const)
    agent.broker.verdict = () => answers.shift() ?? 'ack'
    await agent.ship(100)
    assert.deepEqual(order(agent), ['1', '2', '3', '4', '5'])
    agent.assertExact()
  })
}

for (const down of [false, true]) {
  test(`an unfinished line in a renamed file does not keep its successor waiting, not for a round${down ? ', also after a crash' : ''}`, async (t) => {
    const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
    agent.append('a.log', 'generation 1\nunfinished')
    await agent.round(down ? {} : { lasts: 0 })
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'generation 2\n')
    if (down) await agent.crash()
    await agent.round()
    assert.deepEqual(order(agent), ['1', '2'])
    await agent.shipAfter(10_000)
    assert.deepEqual(agent.shipped('a.log'), ['generation 1\nunfinished', 'generation 2\n'])
  })
}

test('a renamed file that cannot be read does not keep its successor waiting', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'generation 1\n')
  await agent.round({ lasts: 0 })
  const old = agent.file('a.log')
  agent.rename('a.log', 'a.log.1')
  await agent.round({ lasts: 0 })
  agent.append('a.log', 'generation 2\n')
  await agent.round({ lasts: 0 })
  const { handle } = old
  assert.ok(handle !== null)
  const { read } = handle
  handle.read = () => Promise.reject(new Error('EIO'))
  await agent.round()
  assert.deepEqual(order(agent), ['2'])
  handle.read = read
  await agent.ship()
  assert.deepEqual(order(agent), ['2', '1'])
  agent.assertExact()
})

test('generations that go to different partitions do not wait for each other', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', backlog(1, 3 * MB))
  await agent.round({ lasts: 0 })
  assert.equal(agent.file('a.log').birth.partition, 0)
  // The topic gets more partitions, and an agent that starts then gives new files one of those.
  while (partitionOf(agent.path('a.log'), agent.broker.partitions) === 0) agent.broker.partitions++
  agent.rename('a.log', 'a.log.1')
  await agent.crash()
  agent.append('a.log', backlog(2, 3 * MB))
  agent.broker.verdict = ({ partition }) => (partition === 0 ? 'hold' : 'ack')
  await agent.round()
  await agent.round()
  assert.notEqual(agent.files.find(({ life }) => life === 'living')?.birth.partition, 0)
  assert.deepEqual(order(agent), ['2'])
})

test('an input whose messages go to all partitions in turn waits for no generation', async (t) => {
  const agent = await startAgent(t, {
    kafka_conf: { partitioner: 'round_robin' },
    basic_conf: { read_bytes_per_turn: '1MiB' },
  })
  agent.append('a.log', backlog(1, 6 * MB))
  await agent.round({ lasts: 0 })
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', backlog(2, 6 * MB))
  await agent.ship()
  assert.ok(order(agent).length > 2)
  agent.assertExact()
})

for (const down of [false, true]) {
  test(`a file whose rest is sought in its .gz comes before its successor${down ? ', also when it was compressed while the agent was down' : ''}`, async (t) => {
    const agent = await startAgent(t, { basic_conf: { close_inactive: '1s' } })
    agent.append('a.log', backlog(1, 2000))
    await agent.ship()
    await agent.shipAfter(1000)
    agent.append('a.log', backlog(2, 2000))
    fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(fs.readFileSync(agent.path('a.log'))))
    agent.remove('a.log')
    agent.append('a.log', backlog(3, 2000))
    if (down) await agent.crash()
    await agent.ship()
    assert.deepEqual(order(agent), ['1', '2', '3'])
    agent.assertExact()
  })
}

test('a generation that was born and compressed away while the agent was down comes before its successor', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', backlog(1, 2000))
  await agent.ship()
  agent.rename('a.log', 'a.log.2')
  agent.append('a.log', backlog(2, 200_000))
  fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(fs.readFileSync(agent.path('a.log'))))
  agent.remove('a.log')
  agent.append('a.log', backlog(3, 2000))
  await agent.crash()
  await agent.ship()
  assert.deepEqual(order(agent), ['1', '2', '3'])
  agent.assertExact()
})

test('a broken .gz beside it keeps no file waiting', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', backlog(1, 2000))
  await agent.ship()
  agent.rename('a.log', 'a.log.2')
  fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(backlog(2, 2000)).subarray(0, -9))
  agent.append('a.log', backlog(3, 2000))
  await agent.ship()
  assert.deepEqual(order(agent), ['1', '3'])
})

test('a successor does not wait for ever for a file whose rest is nowhere to be found', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', backlog(1, 2000))
  agent.broker.verdict = () => 'refused'
  await agent.rounds(2)
  agent.remove('a.log')
  agent.append('a.log', backlog(2, 2000))
  agent.broker.verdict = () => 'ack'
  await agent.crash()
  await agent.ship()
  assert.deepEqual(order(agent), ['2'])
})
