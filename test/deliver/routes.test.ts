// How large a batch may be: the topic's own limit, asked again and again, and what refusals taught.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputConfig } from '../../src/config/config.ts'
import { Health } from '../../src/deliver/health.ts'
import { Routes } from '../../src/deliver/routes.ts'
import { acked, impatientClock, scriptedBroker } from './script.ts'

const input = { message: { maxMessageLength: 'auto' } } as InputConfig

function routesOf(limit: number | null) {
  const topic = { limit }
  const broker = {
    ...scriptedBroker(() => acked),
    facts: async () => ({ partitions: 1, maxMessageBytes: topic.limit }),
  }
  const clock = impatientClock()
  const health = new Health(
    () => {},
    () => clock.monotonic(),
  )
  const routes = new Routes({ broker, clock, random: () => 0.5, health, largestBatch: 1e6, changed: () => {} })
  /** The limit once what is asked now was answered. */
  const ask = async (after = 0): Promise<number | null> => {
    await clock.wait(after)
    routes.limit(input, 'logs')
    await new Promise((resolve) => setImmediate(resolve))
    return routes.limit(input, 'logs')
  }
  return { topic, routes, ask }
}

test('auto follows the limit of the topic, up and down', async () => {
  const { topic, ask } = routesOf(10_000)
  assert.equal(await ask(), 10_000)
  topic.limit = 50_000
  assert.equal(await ask(1_000), 10_000)
  assert.equal(await ask(60_000), 50_000)
  topic.limit = 20_000
  assert.equal(await ask(60_000), 20_000)
  topic.limit = 5e6
  assert.equal(await ask(60_000), 1e6, 'more than the memory allows')
})

test('what a refusal taught is kept, the topic is asked at once, and a limit that is raised ends it', async () => {
  const { topic, routes, ask } = routesOf(100_000)
  await ask()
  topic.limit = 80_000
  assert.equal(routes.tooLarge('logs', 90_000), true)
  assert.equal(routes.limit(input, 'logs'), 45_000)
  assert.equal(await ask(), 45_000)
  assert.equal(await ask(600_000), 45_000)
  topic.limit = 70_000
  assert.equal(await ask(60_000), 45_000)
  topic.limit = 90_000
  assert.equal(await ask(60_000), 90_000)
})

test('where the limit may not be asked, what a refusal taught is kept for good', async () => {
  const { routes, ask } = routesOf(null)
  assert.equal(await ask(), 1e6)
  routes.tooLarge('logs', 30_000)
  assert.equal(await ask(), 15_000)
  assert.equal(await ask(600_000), 15_000)
})
