import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** A file with these bytes at these offsets, and nothing on the disk between them. */
function sparse(agent: TestAgent, name: string, parts: readonly (readonly [at: number, text: string])[]): Buffer {
  const fd = fs.openSync(agent.path(name), 'w')
  for (const [at, text] of parts) fs.writeSync(fd, text, at)
  fs.closeSync(fd)
  return fs.readFileSync(agent.path(name))
}

const cases: Record<string, readonly (readonly [number, string])[]> = {
  'between two lines': [
    [0, 'one\n'],
    [9_000, 'two\n'],
  ],
  'inside a line': [
    [0, 'one, and then nothing for long'],
    [100_000, 'its end\ntwo\n'],
  ],
  'larger than a message': [
    [0, 'one\n'],
    [3_000_000, 'two\n'],
  ],
  'at the beginning': [[50_000, 'one\n']],
}

for (const [where, parts] of Object.entries(cases)) {
  for (const format of ['json', 'raw']) {
    test(`a sparse file with a hole ${where} is shipped byte for byte as ${format}`, async (t) => {
      const agent = await startAgent(t, { message_conf: { format } })
      const bytes = sparse(agent, 'a.log', parts)
      await agent.ship(50)
      const [held] = agent.held
      assert.ok(held !== undefined && held.bytes.equals(bytes), `${held?.bytes.length} of ${bytes.length} bytes`)
      agent.assertExact()
      assert.equal(agent.file('a.log').totals.shipped, bytes.length)
    })
  }
}

test('a run of NULs in the middle of a growing file is shipped byte for byte', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', Buffer.concat([Buffer.alloc(5_000), Buffer.from('two\n')]))
  await agent.ship()
  agent.append('a.log', Buffer.concat([Buffer.from('three'), Buffer.alloc(10), Buffer.from('\n')]))
  await agent.ship()
  assert.ok(agent.held[0]?.bytes.equals(fs.readFileSync(agent.path('a.log'))))
  agent.assertExact()
})
