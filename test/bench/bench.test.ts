// The parts of `npm run bench` that can be wrong in silence: what peers said, how lines are counted, what the report makes of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionsOf } from '../../bench/options.ts'
import { producerPerformance, recordsPerSecond } from '../../bench/peers/producer-performance.ts'
import { goals } from '../../bench/report/goals.ts'
import { pageText } from '../../bench/report/page.ts'
import { scalePlot, throughputPlot } from '../../bench/report/plot.ts'
import { span, table } from '../../bench/report/table.ts'
import { type Grown, quantile, type Results, type Row } from '../../bench/results.ts'
import { LineTally, type Reading, readJsonLine, readLine, readPannier } from '../../bench/tally.ts'
import { complaints } from '../../bench/verdict.ts'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { fileIdOf, jsonMessage } from '../tools/messages.ts'

const newlineless = (from: number): Buffer => lines('bench', from, 1).subarray(0, lineBytes - 1)

const countsOf = (reading: Reading, values: readonly Buffer[]): object => {
  const tally = new LineTally(reading)
  for (const value of values) tally.add({ partition: 0, value, headers: {} })
  return tally.counts(4)
}

for (const [what, reading, encode] of [
  ['lines', readLine, (line: Buffer) => line],
  ['lines as JSON strings', readJsonLine, (line: Buffer) => Buffer.from(JSON.stringify(line.toString()))],
] as const) {
  test(`of a peer's ${what}, those that never came, came again, or nobody wrote are counted`, () => {
    const values = [0, 1, 1, 3, 7].map((seq) => encode(newlineless(seq)))
    const stranger = encode(lines('other', 0, 1).subarray(0, lineBytes - 1))
    const found = countsOf(reading, [...values, stranger, encode(Buffer.from('no id'))])
    assert.deepEqual(found, { lost: 1, duplicated: 1, strange: 3 })
  })
}

test('of Pannier’s own chunks the lines are counted as they came, across their borders too', () => {
  const bytes = lines('bench', 0, 4)
  const counted = (...ranges: (readonly [number, number])[]): object => {
    const tally = new LineTally(readPannier)
    for (const [offset, end] of ranges) {
      const piece = { fileId: fileIdOf(1), filename: '/a.log', offset, bytes: bytes.subarray(offset, end) }
      tally.add({ partition: 0, ...jsonMessage(piece) })
    }
    return tally.counts(4)
  }
  assert.deepEqual(counted([0, 250], [250, 680]), { lost: 0, duplicated: 0, strange: 0 })
  assert.deepEqual(counted([0, 340], [170, 510]), { lost: 1, duplicated: 1, strange: 0 })
})

test('the rate of ProducerPerformance is that of its last line', () => {
  const output = `112 records sent, 22.4 records/sec (19.22 MB/sec), 1400.1 ms avg latency, 1600.0 ms max latency.
556 records sent, 223.382885 records/sec (191.73 MB/sec), 160.50 ms avg latency, 296.00 ms max latency, 158 ms 50th.
`
  assert.equal(recordsPerSecond(output), 223.382885)
  assert.throws(() => recordsPerSecond('org.apache.kafka.common.errors.TimeoutException'), /said no rate/)
})

test('a quantile is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.deepEqual(
    [0.5, 0.99, 1].map((share) => quantile(values, share)),
    [50, 99, 100],
  )
  assert.equal(quantile([7], 0.99), 7)
})

test('a table is Markdown with columns as wide as what is in them', () => {
  assert.equal(
    table(['a', 'wide'], [['librdkafka', '1']]),
    '| a          | wide |\n|------------|------|\n| librdkafka | 1    |',
  )
  assert.equal(span([211.6, 199], 0), '199 to 212')
  assert.equal(span([0, 0.2], 0), '0')
})

const row = (name: string, rate: number, counts: Partial<Row> = {}): Row => ({
  name,
  record: 'a chunk',
  version: '1',
  rates: [rate],
  cpuPerGb: [3],
  peakRss: [80],
  lost: 0,
  duplicated: 0,
  strange: 0,
  ...counts,
})

const throughputOf = (...rows: Row[]): Results => ({ throughput: { mb: 500, rows, leftOut: ['kcat: no kcat'] } })

test('lost lines of ours, and half the speed of Kafka’s own producer, are complaints; what peers lose is not', () => {
  const producer = row(producerPerformance.name, 200)
  const lossy = row('rsyslog imfile + omkafka', 50, { lost: 3 })
  assert.deepEqual(complaints(throughputOf(producer, lossy, row('Pannier, json', 101))), [])
  assert.match(complaints(throughputOf(producer, row('Pannier, json', 99)))[0] as string, /at 0\.49/)
  assert.match(complaints(throughputOf(row('Pannier, line', 99, { lost: 1 })))[0] as string, /1 lines lost/)
  assert.match(complaints(throughputOf(row('Pannier, raw', 99, { duplicated: 1 })))[0] as string, /1 duplicated/)
  const grown = [{ count: 10, cpu: 1, bytes: 1e9, lost: 2, duplicated: 0, strange: 0 }]
  assert.equal(complaints({ scale: { total: 500, lines: [], files: grown, partitions: [] } }).length, 1)
})

test('the page has each figure beside its goal, and says which goal is missed', () => {
  const producer = row(producerPerformance.name, 200)
  const page = pageText(throughputOf(producer, row('Pannier, json', 200, { cpuPerGb: [2.54] })), 'a machine')
  assert.match(page, /json: MB\/s over Kafka’s own ProducerPerformance +\| >= 1\.15 +\| 1\.00 +\| \*\*no\*\*/)
  assert.match(page, /json: CPU s per GB +\| <= 3 +\| 2\.5 +\| yes/)
  assert.match(page, /- left out: kcat: no kcat/)
  assert.match(page, /benchmarks\/throughput\.svg/)
})

test('the page says what was measured when, and by which command', () => {
  const whole = 'DAY by `npm run bench`'
  assert.match(pageText({ by: { scale: whole, idle: whole } }, ''), /Measured on DAY by `npm run bench`\.\n/)
  const parts = pageText({ by: { scale: whole, idle: 'LATER by `npm run bench -- --only idle`', start: whole } }, '')
  assert.match(parts, /- scale, start: on DAY by `npm run bench`\n- idle: on LATER by/)
})

test('cost that grows faster than what is shipped misses its goal', () => {
  const grown = (...cpu: number[]): Grown[] =>
    cpu.map((one, index) => ({ count: 10 ** index, cpu: one, bytes: 1e9, lost: 0, duplicated: 0, strange: 0 }))
  const scale = { total: 500, lines: grown(1, 2, 12), files: grown(1, 2, 26), partitions: grown(5) }
  assert.deepEqual(
    goals({ scale }).map(({ what, measured, met }) => [what, measured, met]),
    [
      ['10 times the lines: times the CPU', '6.0', true],
      ['10 times the files: times the CPU', '13.0', false],
    ],
  )
})

test('plots are drawn without a browser', () => {
  const { throughput } = throughputOf(row('Pannier, json', 234.4))
  assert.ok(throughput)
  assert.match(throughputPlot(throughput), /^<svg[^]*>Pannier, json<[^]*>234</)
  const grown = [10, 100].map((count) => ({ count, cpu: count / 5, bytes: 1e9, lost: 0, duplicated: 0, strange: 0 }))
  const drawn = scalePlot({ total: 500, lines: grown, files: grown, partitions: grown })
  assert.match(drawn, /^<svg[^]*partitions, 500 MB/)
})

test('sizes and parts can be chosen, and nonsense is refused with words', () => {
  const { parts, sizes, writes } = optionsOf(['--only', 'idle,files', '--known', '10,5000', '--quick'])
  assert.deepEqual([parts, sizes.known, writes], [['idle', 'files'], [10, 5000], false])
  assert.equal(optionsOf([]).writes, true)
  assert.throws(() => optionsOf(['--only', 'idel']), /--only idel: throughput/)
  assert.throws(() => optionsOf(['--mb', 'much']), /--mb much: numbers/)
})

test('with a codec the goal is a share of what the codec does alone, and lost lines are complaints', () => {
  const packed = (name: string, alone: readonly number[], counts: Partial<Row> = {}) => ({
    name,
    alone,
    ratio: 3.5,
    row: row(name, 90, { peakRss: [80], ...counts }),
  })
  const codecs = { mb: 1, rows: [packed('none', []), packed('zstd', [100, 120]), packed('lz4', [200], { lost: 2 })] }
  assert.deepEqual(
    goals({ codecs }).map(({ what, measured, met }) => [what, measured, met]),
    [
      ['zstd: MB/s over the codec alone on one core', '0.90', true],
      ['zstd: peak RSS in MB', '80', true],
      ['lz4: MB/s over the codec alone on one core', '0.45', false],
      ['lz4: peak RSS in MB', '80', true],
    ],
  )
  assert.deepEqual(complaints({ codecs }), ['compression = lz4: 2 lines lost, 0 duplicated, 0 strange'])
  assert.match(pageText({ codecs }, ''), /\| zstd +\| 90 +\| 90 +\| 100 to 120 +\| 0\.90 +\| 3\.50/)
})
