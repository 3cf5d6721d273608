// Law 5 and part 2: a partition that gives no answer holds its share of the memory, and nothing else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

const LINES = `${'x'.repeat(199)}\n`.repeat(100)

test('of twenty-four partitions the one that answers ships on while the others keep silent', async (t) => {
  const agent = await startAgent(t, { basic_conf: { memory_limit: '16MiB' } })
  agent.broker.partitions = 24
  const names = Array.from({ length: 120 }, (_, number) => `${number}.log`)
  for (const name of names) agent.append(name, LINES)
  await agent.ship()
  const alive = agent.file('0.log').birth.partition
  agent.broker.verdict = ({ partition }) => (partition === alive ? 'ack' : 'unknown')
  for (let round = 0; round < 5; round++) {
    for (const name of names) agent.append(name, LINES)
    await agent.round()
  }
  const living = agent.files.filter(({ birth }) => birth.partition === alive)
  assert.ok(living.length > 0)
  assert.deepEqual(
    living.map(({ lag }) => lag),
    living.map(() => 0),
  )
  assert.ok(agent.files.some(({ lag }) => lag > 0))
})

test("a line longer than a partition's share of the memory is still one message while there is memory for it", async (t) => {
  const agent = await startAgent(t, { basic_conf: { memory_limit: '16MiB' } })
  agent.broker.partitions = 40
  for (let number = 0; number < 200; number++) agent.append(`${number}.log`, 'short\n')
  agent.append('long.log', `${'y'.repeat(900_000)}\n`)
  await agent.ship()
  assert.deepEqual(
    agent.shipped('long.log').map((text) => text.length),
    [900_001],
  )
})

test('a thousand new files at once need no more handles than max_open_files', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: '20' } })
  for (let number = 0; number < 1_000; number++) agent.append(`${number}.log`, `${number}\n`)
  await agent.ship()
  assert.equal(agent.files.filter(({ lag }) => lag === 0).length, 1_000)
  assert.ok(agent.disk.mostHandles <= 22, `${agent.disk.mostHandles} handles were open at once`)
})
