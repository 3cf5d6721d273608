import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** What the state on disk says. */
async function savedLife(agent: TestAgent): Promise<string | undefined> {
  await agent.crash()
  return agent.files[0]?.life
}

test('that a settled file was deleted is in the state, also when nothing else moved', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.rounds(2)
  assert.equal(agent.files[0]?.life, 'deleted')
  assert.equal(await savedLife(agent), 'deleted')
})

test('that a settled file is not found, and that it is back, are in the state', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.shipAfter(2_000)
  await agent.round()
  fs.renameSync(agent.folder, `${agent.folder}.away`)
  t.after(() => fs.rmSync(`${agent.folder}.away`, { recursive: true, force: true }))
  await agent.rounds(3)
  assert.equal(agent.files[0]?.life, 'missing')
  assert.equal(await savedLife(agent), 'missing')
  fs.renameSync(`${agent.folder}.away`, agent.folder)
  await agent.rounds(2)
  assert.equal(await savedLife(agent), 'living')
})
