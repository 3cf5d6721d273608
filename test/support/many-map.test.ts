import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManyMap } from '../../src/support/many-map.ts'

test('a key holds one thing or several, each once, and is gone with the last of them', () => {
  const map = new ManyMap<string, { name: string }>()
  const [a, b] = [{ name: 'a' }, { name: 'b' }]
  map.add('key', a)
  map.add('key', a)
  assert.deepEqual([...map.get('key')], [a])
  map.add('key', b)
  map.add('key', b)
  assert.deepEqual([...map.get('key')], [a, b])
  map.delete('key', a)
  map.delete('key', a)
  assert.deepEqual([...map.get('key')], [b])
  map.delete('other', b)
  map.delete('key', b)
  assert.deepEqual([[...map.get('key')], map.size], [[], 0])
})

test('what is deleted that is not there takes nothing else with it', () => {
  const map = new ManyMap<number, object>()
  const [a, b] = [{}, {}]
  map.add(1, a)
  map.delete(1, b)
  assert.deepEqual([[...map.get(1)], map.size], [[a], 1])
})
