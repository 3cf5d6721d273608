import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastGlob from 'fast-glob'
import { dateTokens, expandDates, hasDates, onAnyDay, unknownDate } from '../../src/support/date-tokens.ts'

const days = ['2026-12-31', '2027-01-01']

test('each token stands for its part of the date, all tokens of a pattern for the same day', () => {
  assert.deepEqual(expandDates('/{yyyy}/{MM}/{dd}/a-{yyyyMMdd}-{yyyy-MM-dd}-{yyyyMM}.log', days), [
    '/2026/12/31/a-20261231-2026-12-31-202612.log',
    '/2027/01/01/a-20270101-2027-01-01-202701.log',
  ])
})

test('a pattern that is the same on several days is looked for once', () => {
  assert.deepEqual(expandDates('{yyyy}.log', ['2026-11-19', '2026-11-20']), ['2026.log'])
  assert.deepEqual(expandDates('a.log', days), ['a.log'])
})

test("the glob's own braces are left to it, also around and beside a token", () => {
  const [pattern = ''] = expandDates('{web,app-{yyyyMMdd}}.{log,txt}', days)
  assert.equal(pattern, '{web,app-20261231}.{log,txt}')
  assert.ok(fastGlob.isDynamicPattern(pattern))
  for (const own of ['{a,b}', '{1..3}', '{yyyy,MM}', '{x}']) {
    assert.deepEqual([expandDates(own, days), hasDates(own), unknownDate(own)], [[own], false, undefined])
  }
})

test('on any day a token matches whatever stands there', () => {
  assert.equal(onAnyDay('/{yyyy}/{a,b}-{MM}-{dd}.log'), '/*/{a,b}-*-*.log')
})

test('what looks like a date and is none of the tokens is found', () => {
  for (const token of ['{HH}', '{yyyyMMddHH}', '{YYYYMMDD}', '{yyyy-MM}', '{dd.MM.yyyy}', '{yyyy-MM-dd-HH}'])
    assert.equal(unknownDate(`/a-${token}.log`), token)
  for (const token of dateTokens) assert.equal(unknownDate(`/a-${token}.log`), undefined)
  for (const name of ['{id}', '{my}', '{s}', '{address}', '{host}']) assert.equal(unknownDate(name), undefined)
})
