import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

const ROTATIONS = 1000
const KEPT = 5

for (const held of [false, true]) {
  const away = held ? ', with Kafka away for a hundred of them' : ''
  test(`a thousand rotations in a row, the oldest deleted${away}: every line once and in order, and no handle stays`, async (t) => {
    // P10 rotates faster than it can read; P14 stops after many rotations
    const agent = await startAgent(t, {
      basic_conf: { close_inactive: '1s', rotated_quiet: '1s', read_bytes_per_turn: '1KiB' },
    })
    let text = ''
    for (let i = 0; i < ROTATIONS; i++) {
      const part = `rotation ${i} first\nrotation ${i} second\n`
      text += part
      agent.append('a.log', part)
      if (held) agent.broker.verdict = () => (i % 500 < 50 ? 'hold' : 'ack')
      await agent.round({ lasts: 100 })
      if (held && i % 500 === 50) for (const one of [...agent.broker.held]) one.answer('ack')
      if (i >= KEPT) agent.remove(`a.log.${KEPT}`)
      for (let k = Math.min(i, KEPT - 1); k > 0; k--) agent.rename(`a.log.${k}`, `a.log.${k + 1}`)
      agent.rename('a.log', 'a.log.1')
    }
    agent.broker.verdict = () => 'ack'
    await agent.ship(100)
    const came = agent.broker.taken.map(({ value }) => JSON.parse(value.toString()).content as string).join('')
    assert.equal(came.length, text.length)
    assert.ok(came === text, 'in order')
    agent.assertExact()
    await agent.shipAfter(3_000)
    await agent.shipAfter(3_000)
    assert.equal(agent.disk.handles.size, 0)
  })
}

test('a thousand generations with a round now and then: those that were never seen at their path come in order too', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s', rotated_quiet: '1s' } })
  const kept = 8
  let text = ''
  for (let generation = 0; generation < 1_000; generation++) {
    const lines = `generation ${generation}\nand its second line\n`
    text += lines
    agent.append('a.log', lines)
    // At most seven generations pass unseen, fewer than are kept.
    if ((generation * 7) % 11 < 3 || generation % 7 === 0) await agent.round({ lasts: 100 })
    if (generation >= kept) agent.remove(`a.log.${kept}`)
    for (let number = Math.min(generation, kept - 1); number > 0; number--)
      agent.rename(`a.log.${number}`, `a.log.${number + 1}`)
    agent.rename('a.log', 'a.log.1')
  }
  await agent.ship(100)
  const came = agent.broker.taken.map(({ value }) => (JSON.parse(value.toString()) as { content: string }).content)
  assert.equal(came.join('').length, text.length)
  assert.ok(came.join('') === text, 'in order')
  agent.assertExact()
})
