import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysOf } from '../../src/state/days.ts'

const all = (previous: string, current: string, today: string): readonly string[] =>
  daysOf(previous, current, today).days

test("the days go from the previous session's to today, over months, years and leap days", () => {
  assert.deepEqual(all('2026-11-20', '2026-11-20', '2026-11-20'), ['2026-11-20'])
  assert.deepEqual(all('2026-12-30', '2026-12-31', '2027-01-01'), ['2026-12-30', '2026-12-31', '2027-01-01'])
  assert.deepEqual(all('2028-02-28', '2028-03-01', '2028-03-01'), ['2028-02-28', '2028-02-29', '2028-03-01'])
})

test('a clock that was ahead costs neither today nor the session that it opened', () => {
  assert.deepEqual(all('2026-11-20', '2040-01-01', '2026-11-21'), ['2026-11-20', '2026-11-21', '2040-01-01'])
  assert.deepEqual(all('2040-01-01', '2026-11-21', '2026-11-21'), ['2026-11-21'])
})

test('there are 400 days at most, the last ones, and the others are counted', () => {
  const { days, leftOut } = daysOf('2020-01-01', '2026-11-20', '2026-11-20')
  assert.deepEqual([days.length, days[0], days.at(-1)], [400, '2025-10-17', '2026-11-20'])
  assert.equal(leftOut, (Date.parse('2025-10-17') - Date.parse('2020-01-01')) / 86_400_000)
  assert.equal(daysOf('2025-10-17', '2026-11-20', '2026-11-20').leftOut, 0)
})
