import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { type Row, runMatrix } from './matrix.ts'
import { cellLine, killsOf } from './page.ts'

const keep = fileURLToPath(new URL('../../out/kill', import.meta.url))
const fewestKills = 60
// Without `dead`: a known limit (docs/dead-letters.md) leaves a letter behind now and then. The whole matrix has it.
const rows: readonly Row[] = [
  { broker: 'none', files: ['append', 'rename', 'rename-down', 'delete', 'small', 'long'], seconds: 30 },
  { broker: 'leader-killed', files: ['append', 'rename', 'small'], seconds: 30 },
  { broker: 'cut', files: ['append', 'rename'], seconds: 15 },
]
const skip = await whyNoOwnKafka()

test('the short kill matrix: kills at chosen points and at random, under rotations and broker faults, lose nothing', {
  skip,
}, async (t) => {
  const seed = Number(process.env['PANNIER_SEED'] ?? randomInt(2 ** 30))
  t.diagnostic(`seed ${seed} (PANNIER_SEED)`)
  const cluster = await startOwnKafka({ nodes: 3, proxied: true })
  t.after(() => cluster.stop())
  let kills = 0
  for await (const report of runMatrix(cluster, rows, { seed, keep, note: (words) => t.diagnostic(words) })) {
    kills += killsOf(report)
    t.diagnostic(cellLine(report))
    await t.test(`${report.broker} × ${report.files}`, () => assert.deepEqual(report.faults, []))
  }
  t.diagnostic(`${kills} kills`)
  assert.ok(kills >= fewestKills, `${kills} kills`)
})
