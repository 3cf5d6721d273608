import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Unpacked } from '../../src/message/unpack.ts'
import { withAdmin } from '../../tools/kafka/client.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from '../process/agent.ts'
import { until } from '../process/until.ts'
import { kafkaConf, pannier, place } from './pannier.ts'
import { expire, lines, motley, produce, type Shipped, shipped, tamper } from './shipped.ts'

const DAY = 24 * 60 * 60 * 1000

interface File {
  readonly filename: string
  readonly status: string
  readonly missing: [number, number][]
  readonly expired: [number, number][]
  readonly booked: Record<string, number | string>
  readonly found: Record<string, number | string> | null
}

interface Document {
  readonly proven: boolean
  readonly sessions: { session: string; closed: boolean; source: string; proven: boolean; files: File[] }[]
  readonly damaged: { reason: string; offset: number; range: [number, number] }[]
  readonly not_booked: { filename: string; ranges: [number, number][] }[]
  readonly repeated_bytes: number
  readonly foreign_records: number
}

async function documentOf(home: Shipped, ...args: string[]): Promise<{ code: number | null; document: Document }> {
  const { code, out, err } = await home.run('verify', '--json', ...args)
  assert.equal(err, '')
  return { code, document: JSON.parse(out) as Document }
}

const fileIn = (document: Document, name: string): File => {
  const found = document.sessions.flatMap(({ files }) => files).find(({ filename }) => filename.endsWith(name))
  assert.ok(found !== undefined, `${name} is not in the document`)
  return found
}

/** A topic of small messages: a file of some kilobytes becomes several of them. */
async function small(t: TestContext, settings = '', partitions = 1): Promise<Shipped> {
  const home = shipped(t, await withTopic(t, { partitions, configs: { 'max.message.bytes': '6000' } }))
  home.configure(settings)
  return home
}

for (const format of ['json', 'raw', 'line']) {
  test(`${format}: closed sessions and the open one are proven, over several partitions`, async (t) => {
    const home = await small(t, `[message_conf]\nformat = ${format}\n`, 3)
    for (const name of ['a.log', 'b.log', 'c.log', 'd.log']) home.write(name, motley())
    await home.ship({ ahead: -DAY })
    home.write('a.log', Buffer.concat([motley(), Buffer.from('of the next day\n')]))
    home.write('e.log', lines(100, 'e'))
    await home.ship()
    const { code, document } = await documentOf(home)
    assert.equal(code, 0)
    assert.equal(document.proven, true)
    assert.deepEqual(
      document.sessions.map(({ closed, source, proven, files }) => [closed, source, proven, files.length]),
      [
        [true, 'manifest', true, 4],
        [false, 'checkpoint', true, 2],
      ],
    )
    const { out } = await home.run('verify')
    assert.match(out, /^\d{4}-\d\d-\d\d {2}closed: 4 files, \d+ bytes in \d+ lines: proven\n/)
    assert.match(out, /not closed, as of the last checkpoint: 2 files, .*: proven\nproven\n$/)
    const first = document.sessions[0]?.session as string
    const one = await documentOf(home, '--session', first)
    assert.deepEqual(
      one.document.sessions.map(({ session }) => session),
      [first],
    )
  })
}

test('every field of the document is in the reference', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  await home.ship({ before: tamper(({ value }) => void (value.includes('a 100 ') && value.write('Z'.repeat(9), 300))) })
  const page = readFileSync(new URL('../../docs/reference/verify-restore.md', import.meta.url), 'utf8')
  const { document } = await documentOf(home)
  assert.ok(document.damaged.length > 0)
  const names = new Set<string>()
  JSON.stringify(document, (name, value: unknown) => {
    if (Number.isNaN(Number(name))) names.add(name)
    return value
  })
  assert.deepEqual(
    [...names].filter((name) => !page.includes(`\`${name}\``)),
    [],
  )
})

test('a message that is not there is named by its very range', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  home.write('b.log', lines(300, 'b'))
  let taken: [number, number] | null = null
  const leaveOut = ({ value }: Unpacked): void => {
    const { filename, offset, length } = JSON.parse(value.toString()) as {
      filename: string
      offset: number
      length: number
    }
    if (taken !== null || !filename.endsWith('a.log') || offset === 0) return
    taken = [offset, offset + length]
    value.fill(' ')
  }
  await home.ship({ before: tamper(leaveOut) })
  const { code, document } = await documentOf(home)
  assert.equal(code, 1)
  assert.deepEqual(fileIn(document, 'a.log').missing, [taken])
  assert.equal(fileIn(document, 'a.log').status, 'missing')
  assert.equal(fileIn(document, 'b.log').status, 'proven')
  assert.equal(document.foreign_records, 1)
  const { out } = await home.run('verify')
  const [from, to] = taken as unknown as [number, number]
  assert.ok(out.includes(`: [${from}, ${to}), ${to - from} bytes not found in ${home.topic}/0\n`), out)
  assert.match(out, /\nMISSING {2}\S+a\.log \([0-9a-f]{32}\)/)
  assert.match(out, /NOT PROVEN\n$/)
})

test('a message whose bytes are others than its crc32 says is named, and its range is missing', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  await home.ship({
    before: tamper(({ value }) => void (value.includes('a 100 ') && value.write('Z', value.indexOf('a 100 ')))),
  })
  const { code, document } = await documentOf(home)
  assert.equal(code, 1)
  assert.equal(document.damaged.length, 1)
  assert.match(document.damaged[0]?.reason ?? '', /its bytes have the crc32/)
  assert.deepEqual(fileIn(document, 'a.log').missing, [document.damaged[0]?.range])
})

test('a line that was changed without a trace of its own is found by the sum of its file', async (t) => {
  const home = await small(t, '[message_conf]\nformat = line\n')
  home.write('a.log', lines(300, 'a'))
  home.write('b.log', lines(300, 'b'))
  await home.ship({ before: tamper(({ value }) => void (value.includes('a 100 ') && value.write('Z'))) })
  const { code, document } = await documentOf(home)
  assert.equal(code, 1)
  const { status, found, booked, missing } = fileIn(document, 'a.log')
  assert.deepEqual([status, missing, found?.['bytes']], ['differs', [], booked['bytes']])
  assert.notEqual(found?.['crc32'], booked['crc32'])
  assert.equal(fileIn(document, 'b.log').status, 'proven')
})

test('copies, also of another cut, are no fault; strangers are counted', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  await home.ship()
  const copies = []
  for await (const { value } of readTopic(home.brokers, home.topic)) copies.push({ value })
  await produce(home, [...copies, { value: 'something else' }, { value: '{"v":1}' }])
  home.write('a.log', lines(400, 'a'))
  await home.ship()
  const { code, document } = await documentOf(home)
  assert.equal(code, 0)
  assert.equal(document.repeated_bytes, lines(300, 'a').length)
  assert.equal(document.foreign_records, 2)
})

test('what retention took is no longer in Kafka, which is neither proven nor missing', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  await home.ship()
  await expire(home, 2)
  const { code, document } = await documentOf(home)
  const { status, missing, expired } = fileIn(document, 'a.log')
  assert.deepEqual([code, status, missing.length, expired.length], [1, 'expired', 0, 1])
  assert.equal(expired[0]?.[0], 0)
  assert.match((await home.run('verify')).out, /EXPIRED .* no longer in Kafka: test-\w+\/0 begins at offset 2\n/)
})

test('with round_robin too, every range is found', async (t) => {
  const home = await small(t, 'partitioner = round_robin\n', 3)
  home.write('a.log', lines(300, 'a'))
  await home.ship()
  const { code, document } = await documentOf(home)
  assert.equal(code, 0)
  assert.equal(fileIn(document, 'a.log').status, 'proven')
})

test('bytes that were left out are told as such and never missing', async (t) => {
  const home = await small(t)
  writeFileSync(
    join(home.agent.folder, 'config.ini'),
    readFileSync(join(home.agent.folder, 'config.ini'), 'utf8').replace('[kafka_conf]', 'start_at = end\n[kafka_conf]'),
  )
  home.write('a.log', lines(10, 'a'))
  assert.equal((await home.run('run', '--once')).code, 0)
  home.write('a.log', lines(20, 'a'))
  assert.equal((await home.run('run', '--once')).code, 0)
  const { code, document } = await documentOf(home)
  assert.equal(code, 0)
  assert.equal(fileIn(document, 'a.log').booked['filtered'], lines(10, 'a').length)
  assert.match((await home.run('verify')).out, /not shipped {2}\S+a\.log .*: \d+ bytes filtered\n/)
})

test('beside a running agent the session is proven, and no consumer group is left behind', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const home = homeOf(t, { kafka_conf: { brokers: brokers.join(), topic } })
  writeFileSync(join(home.logs, 'a.log'), lines(1000, 'a'))
  const groups = async (): Promise<string[]> =>
    (await withAdmin(brokers, (admin) => admin.listGroups())).groups
      .map(({ groupId }) => groupId)
      .filter((group) => !group.startsWith('pannier-oracle-'))
  const before = await groups()
  const agent = home.start()
  await until('it has shipped', () => {
    try {
      return readFileSync(join(home.path, 'state/checkpoint'), 'utf8').includes(`"shipped":${lines(1000, 'a').length}`)
    } catch {
      return false
    }
  })
  const { code, out } = await pannier(home.path, 'verify')
  assert.match(out, /1 file, \d+ bytes in 1000 lines: proven\nproven\n$/)
  assert.equal(code, 0)
  assert.equal(agent.running, true)
  assert.deepEqual(await groups(), before)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0)
})

test('a damaged manifest keeps the sessions from being proven, by name', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(10, 'a'))
  await home.ship({ ahead: -DAY })
  await home.ship()
  const { document } = await documentOf(home)
  const manifest = `manifests/${document.sessions[0]?.session}.json`
  writeFileSync(join(home.agent.folder, 'state', manifest), '{"v":1,"host":"h","session":"2026-11-20","files":[{}]}')
  const { code, err, out } = await home.run('verify')
  assert.equal(code, 1)
  assert.equal(err, `warning: ${manifest} cannot be believed: its file number 1 is incomplete\n`)
  assert.match(out, /NOT PROVEN\n$/)
})

test('what keeps it from proving anything is told in one line, with what to do', async (t) => {
  const home = place(t, kafkaConf(['127.0.0.1:1'], 'logs'))
  const none = await pannier(home.path, 'verify')
  assert.equal(none.code, 1)
  assert.match(none.err, /the state directory knows of no session\n {2}was anything shipped/)
  const date = await pannier(home.path, 'verify', '--session', 'yesterday')
  assert.equal(date.code, 2)
  assert.match(date.err, /--session yesterday is no date as in 2026-11-20/)
  const agent = await small(t)
  agent.write('a.log', 'text\n')
  await agent.ship()
  const unknown = await agent.run('verify', '--session', '2001-01-01')
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /no manifest of 2001-01-01, and it is not open\n {2}there are: \d{4}/)
  agent.configure('[message_conf]\nformat = line\nline_headers = none\n')
  const headerless = await agent.run('verify')
  assert.equal(headerless.code, 2)
  assert.match(headerless.err, /verify is not possible with \[message_conf\] line_headers = none/)
  home.configure(`state_dir = ${agent.agent.folder}/state\n${kafkaConf(['127.0.0.1:1'], 'logs')}`)
  const away = await pannier(home.path, 'verify')
  assert.equal(away.code, 1)
  assert.match(away.err, /no Kafka broker answers at 127\.0\.0\.1:1: connection refused/)
})
