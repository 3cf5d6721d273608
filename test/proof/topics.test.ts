import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputConfig } from '../../src/config/config.ts'
import { topicsOf } from '../../src/proof/topics.ts'

const inputs = (...topics: string[]): { inputs: InputConfig[] } => ({
  inputs: topics.map((topic) => ({ topic })) as unknown as InputConfig[],
})
const there = ['logs', 'logs.20261120', 'logs.20261121', 'logs.2026', 'logsx20261120', 'app-web.log', 'app+web']
const cluster = { topics: async () => there }

test('topics named as they are need no question', async () => {
  const nobody = { topics: () => Promise.reject(new Error('asked')) }
  assert.deepEqual(await topicsOf(inputs('b', 'a', 'b'), [], nobody), ['a', 'b'])
})

test('a template stands for all topics that it may have become', async () => {
  assert.deepEqual(await topicsOf(inputs('logs.{yyyyMMdd}'), [], cluster), ['logs.20261120', 'logs.20261121'])
  assert.deepEqual(await topicsOf(inputs('app-{basename}'), [], cluster), ['app-web.log'])
})
