import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cronExpression, timeZone } from '../../src/config/calendar-type.ts'
import { brokerList, optionalTopic, topicPattern } from '../../src/config/kafka-type.ts'
import { duration, size } from '../../src/config/quantity.ts'
import { choice, integer, list, type ValueType, yesNo } from '../../src/config/value-type.ts'

function accepts<T>(what: string, type: ValueType<T>, cases: ReadonlyArray<readonly [string, T]>): void {
  for (const [text, value] of cases) {
    it(`${what} takes ${JSON.stringify(text)}`, () => assert.deepEqual(type.parse(text), { value }))
  }
}

function refuses(what: string, type: ValueType<unknown>, cases: Readonly<Record<string, RegExp>>): void {
  for (const [text, message] of Object.entries(cases)) {
    it(`${what} refuses ${JSON.stringify(text)}`, () => {
      const parsed = type.parse(text)
      assert.match('refused' in parsed ? `${parsed.refused} (${parsed.hint})` : 'accepted', message)
    })
  }
}

describe('a duration', () => {
  accepts('a duration', duration('0', '100d'), [
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0.5s', 500],
    ['1.5 h', 5_400_000],
    ['5', 5000],
    ['0.25', 250],
    ['0', 0],
    ['86400', 86_400_000],
    ['100d', 8_640_000_000],
  ])
  refuses('a duration', duration('100ms', '1d'), {
    '': /not a duration/,
    '5x': /not a duration .*500ms, 5s, 2m/,
    '-5s': /not a duration/,
    '5 s s': /not a duration/,
    '1e3': /not a duration/,
    '.5s': /not a duration/,
    '5M': /not a duration/,
    '86401': /a bare number is seconds, and this is more than a day/,
    '99ms': /too small \(at least 100ms\)/,
    '25h': /too large \(at most 1d\)/,
  })
})

describe('a size', () => {
  accepts('a size', size('0', '1GiB'), [
    ['900KB', 900_000],
    ['1MiB', 1_048_576],
    ['1.5mib', 1_572_864],
    ['2 mb', 2_000_000],
    ['65536', 65_536],
    ['7B', 7],
    ['1GiB', 1_073_741_824],
  ])
  refuses('a size', size('1KiB', '1GiB'), {
    '16M': /not a size/,
    '-1': /not a size/,
    '': /not a size/,
    '1023': /too small \(at least 1KiB\)/,
    '2GiB': /too large \(at most 1GiB\)/,
  })
})

describe('simple values', () => {
  for (const word of ['yes', 'true', 'ON', '1']) accepts('yes or no', yesNo, [[word, true]])
  for (const word of ['no', 'False', 'off', '0']) accepts('yes or no', yesNo, [[word, false]])
  refuses('yes or no', yesNo, { '': /neither/, ja: /neither/, constructor: /neither/ })
  accepts('a whole number', integer(1, 10), [['10', 10]])
  refuses('a whole number', integer(1, 10), {
    '0': /out of range \(1 to 10\)/,
    '1.5': /not a whole/,
    '0x1': /not a whole/,
  })
  accepts('a choice', choice(['a', 'b']), [['B', 'b']])
  refuses('a choice', choice(['a', 'b']), { c: /not one of the choices \(a, b\)/ })
  accepts('a list', list(';'), [
    [' a ; b\n c;;', ['a', 'b', 'c']],
    ['', []],
    ['a,b', ['a,b']],
  ])
})

describe('names of Kafka', () => {
  accepts('brokers', brokerList, [
    ['a:1, b-2.example:65535', ['a:1', 'b-2.example:65535']],
    ['a', ['a:9092']],
    ['[fe80::1]', ['[fe80::1]:9092']],
  ])
  refuses('brokers', brokerList, {
    '': /no broker/,
    'a:1;b:2': /a:1;b:2 is not host:port/,
    'a:0': /not host:port/,
    'a:65536': /not host:port/,
    'http://a:1': /not host:port/,
    '::1': /not host:port/,
  })
  accepts('a topic', topicPattern, [
    ['logs', 'logs'],
    ['logs-{basename}.{dir}_{host}-{input}-{yyyyMMdd}', 'logs-{basename}.{dir}_{host}-{input}-{yyyyMMdd}'],
  ])
  refuses('a topic', topicPattern, {
    '': /is empty/,
    '..': /no topic of that name/,
    'a b': /not a legal topic/,
    日志: /not a legal topic/,
    '{basname}': /unknown token \{basname\} \(did you mean basename\?\)/,
    '{date}': /unknown token \{date\} \(known: /,
    'a{': /not a legal topic/,
    ['x'.repeat(250)]: /too long/,
  })
  accepts('an optional topic', optionalTopic, [['', null]])
  refuses('an optional topic', optionalTopic, { '{host}': /not a legal topic/ })
})

describe('the calendar', () => {
  accepts('a rollover', cronExpression, [
    ['0 0 * * *', '0 0 * * *'],
    ['*/5  8-18 * * MON-FRI', '*/5 8-18 * * MON-FRI'],
  ])
  refuses('a rollover', cronExpression, {
    '': /five fields/,
    '@daily': /five fields/,
    '0 0 0 * * *': /five fields/,
    '61 0 * * *': /minute/,
    '0 0 31 2 *': /never comes/,
    'a b c d e': /five fields/,
  })
  accepts('a time zone', timeZone, [
    ['asia/shanghai', 'Asia/Shanghai'],
    ['UTC', 'UTC'],
  ])
  refuses('a time zone', timeZone, { 'Mars/Base': /not a time zone/, '+08:00': /not a time zone/ })
})
