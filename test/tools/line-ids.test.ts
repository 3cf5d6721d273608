import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineIds } from '../../tools/oracle/line-ids.ts'
import { lines } from '../../tools/oracle/lines.ts'

test('a line whose parts come again, from its middle or from before it, keeps its id', () => {
  const bytes = lines('a', 0, 3)
  const seen: number[] = []
  const ids = new LineIds((_tag, seq) => seen.push(seq))
  for (const [start, end] of [
    [0, 200],
    [200, 250],
    [180, 250],
    [250, 300],
    [100, 300],
    [250, 510],
  ] as const)
    ids.feed('file', start, bytes.subarray(start, end))
  assert.deepEqual([...new Set(seen)], [0, 1, 2])
})
