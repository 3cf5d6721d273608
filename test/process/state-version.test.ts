import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { BIRTHS } from '../../src/state/births.ts'
import { CHECKPOINT } from '../../src/state/checkpoint.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from './agent.ts'
import { expectOnce } from './expect.ts'

for (const { name, version } of [CHECKPOINT, BIRTHS]) {
  test(`${name} of a newer version are refused with 2 and a hint, and nothing in the state directory is touched`, async (t) => {
    const target = await withTopic(t)
    const home = homeOf(t, { kafka_conf: { brokers: target.brokers.join(','), topic: target.topic } })
    writeLines({ path: join(home.logs, 'a.log'), tag: 'a', count: 100 })
    assert.equal(await home.start('--once').ended(), 0)
    const state = join(home.path, 'state')
    const path = join(state, name)
    const ours = readFileSync(path)
    writeFileSync(path, withVersion(ours, version + 1))
    const before = contentOf(state)
    for (let start = 0; start < 2; start++) {
      const refused = home.start('--once')
      assert.equal(await refused.ended(), 2, refused.words())
      assert.match(refused.words(), new RegExp(`${name} has format version ${version + 1}`))
      assert.match(refused.words(), /written by a newer Pannier/)
      assert.deepEqual(contentOf(state), before)
    }
    writeFileSync(path, ours)
    assert.equal(await home.start('--once').ended(), 0)
    await expectOnce(target, { a: 100 })
  })
}

/** The journal with another version in its first line, whose checksum is right. */
function withVersion(journal: Buffer, version: number): string {
  const [header = '', ...rest] = journal.toString().split('\n')
  const json = JSON.stringify({ ...JSON.parse(header.slice(9)), version })
  return [`${crc32(json).toString(16).padStart(8, '0')} ${json}`, ...rest].join('\n')
}

const contentOf = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
