import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { kafkaClient } from '../../tools/kafka/client.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { withTopic } from '../kafka/broker.ts'
import { fileIdOf, jsonMessage, lineMessages, type Piece, rawMessage } from '../tools/messages.ts'
import { program } from './pannier.ts'
import { isRestored, lines, motley, produce, type Shipped, shipped, tamper } from './shipped.ts'

const DAY = 24 * 60 * 60 * 1000

async function small(t: TestContext, settings = '', partitions = 1): Promise<Shipped> {
  const home = shipped(t, await withTopic(t, { partitions, configs: { 'max.message.bytes': '6000' } }))
  home.configure(settings)
  return home
}

/** All files below `folder`, with what they hold. */
function tree(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory()) found[path.slice(folder.length + 1)] = readFileSync(path, 'latin1')
  }
  return found
}

for (const format of ['json', 'raw', 'line']) {
  test(`${format}: files are rebuilt byte for byte from several partitions, through copies`, async (t) => {
    const home = await small(t, `[message_conf]\nformat = ${format}\n`, 3)
    const names = ['a.log', 'b.log', 'c.log', 'd.log']
    for (const name of names) home.write(name, motley())
    await home.ship()
    const copies = []
    for await (const { value, headers, partition } of readTopic(home.brokers, home.topic))
      copies.push({ value, headers, partition })
    await produce(home, copies)
    for (const name of names) home.write(name, Buffer.concat([motley(), Buffer.from(lines(100, name))]))
    await home.ship()
    const { code, out, err } = await home.run('restore', '--to', 'out')
    assert.equal(code, 0, out + err)
    for (const name of names) assert.ok(isRestored(home, name), `${name} is another`)
    assert.match(out, /^restored 4 files, \d+ bytes, into .*\/out: all that was shipped\n$/)
  })
}

test('lines of 12 MB, and bytes that are no text, come back as they were; round_robin too', async (t) => {
  const home = shipped(t, await withTopic(t, { partitions: 3 }))
  home.configure('partitioner = round_robin\n')
  const long = Buffer.alloc(12_000_000, 'ö')
  const binary = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 7919) % 256))
  home.write('a.log', Buffer.concat([Buffer.from('before\n'), long, Buffer.from('\nbehind\n')]))
  home.write('b.log', Buffer.concat([binary, Buffer.from('\n')]))
  await home.ship()
  assert.equal((await home.run('restore', '--to', 'out')).code, 0)
  assert.ok(isRestored(home, 'a.log'))
  assert.ok(isRestored(home, 'b.log'))
})

test('overlaps, any order and another cut come to the same bytes', async (t) => {
  const home = shipped(t, await withTopic(t))
  const source = motley()
  const piece = (start: number, end: number): Piece => ({
    fileId: fileIdOf(1),
    filename: '/logs/a.log',
    offset: start,
    bytes: source.subarray(start, end),
  })
  const cuts = [
    [5000, 9000],
    [0, 3000],
    [2000, 6000],
    [0, 3000],
    [20_000, source.length],
    [4000, 30_000],
  ] as const
  await produce(
    home,
    cuts.map(([start, end], index) => (index % 2 === 0 ? jsonMessage : rawMessage)(piece(start, end))),
  )
  const { code, out } = await home.run('restore', '--to', 'out')
  assert.equal(code, 0, out)
  assert.ok(readFileSync(join(home.agent.folder, 'out/logs/a.log')).equals(source))
})

test('generations of one path each have a file: the first the path, the next the path with its id', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(200, 'old'))
  await home.ship()
  renameSync(home.agent.path('a.log'), home.agent.path('a.log.1'))
  home.write('a.log', lines(200, 'new'))
  await home.ship()
  const { code, out } = await home.run('restore', '--to', 'out')
  assert.equal(code, 0)
  assert.equal(readFileSync(home.restored('a.log'), 'utf8'), lines(200, 'old'))
  const [, path = '', id = ''] = /^placed {3}\S+ as (\S+) \(([0-9a-f]{32})\): another file came first/.exec(out) ?? []
  assert.equal(path, `${home.agent.path('a.log').slice(1)}.${id.slice(0, 8)}`)
  assert.equal(readFileSync(join(home.agent.folder, 'out', path), 'utf8'), lines(200, 'new'))
})

test('no name leads out of the folder, or over what is in it', async (t) => {
  const home = shipped(t, await withTopic(t))
  const outside = join(home.agent.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'mine'), 'mine')
  const names = [
    '../outside/mine',
    `${outside}/../outside/mine`,
    '/a/../../outside/evil',
    'out/../../outside/evil',
    'a\0b',
    'a\nb',
    '\u001b[2J',
    '',
    '/',
    'x'.repeat(300),
    `/${Array.from({ length: 30 }, () => 'y'.repeat(200)).join('/')}`,
    'file',
    'file/below',
    'by-id/00000000000000000000000000000001',
    'folder/inner',
    'folder',
    '/outside/mine',
  ]
  const pieces = names.map((filename, index) => ({
    fileId: fileIdOf(index),
    filename,
    offset: 0,
    bytes: Buffer.from(`${index}`),
  }))
  await produce(
    home,
    pieces.map((piece) => jsonMessage(piece)),
  )
  const before = tree(home.agent.folder)
  const { code, out } = await home.run('restore', '--to', 'out')
  assert.equal(code, 0, out)
  const after = tree(home.agent.folder)
  for (const path of Object.keys(after)) if (path.startsWith('out/')) delete after[path]
  assert.deepEqual(after, before)
  const restored = tree(join(home.agent.folder, 'out'))
  assert.deepEqual(Object.values(restored).toSorted(), pieces.map(({ bytes }) => bytes.toString()).toSorted())
  assert.equal(restored['outside/mine'], '16')
  assert.equal(restored['file'], '11')
  assert.equal(restored['folder/inner'], '14')
  assert.equal(restored[`by-id/${fileIdOf(0)}`], '0')
  assert.ok(!out.includes('\u001b') && !out.includes('\0'))
})

test('thousands of files are restored with a few open files', async (t) => {
  const topic = await withTopic(t)
  const { agent } = shipped(t, topic)
  const files = 2000
  const half = (number: number, offset: number): ReturnType<typeof jsonMessage> => {
    const bytes = Buffer.from(`${String(number + offset).padStart(9, '0')}\n`)
    return jsonMessage({ fileId: fileIdOf(number), filename: `/logs/${number}.log`, offset, bytes })
  }
  const producer = kafkaClient(topic.brokers).producer()
  await producer.connect()
  for (const offset of [0, 10]) {
    const messages = Array.from({ length: files }, (_, number) => ({ ...half(number, offset), partition: 0 }))
    await producer.send({ topic: topic.topic, messages })
  }
  await producer.disconnect()
  const to = join(agent.folder, 'out')
  const few = ['-c', 'ulimit -n 200; exec "$@"', 'sh', process.execPath, program, 'restore', '--to', to]
  const [code] = await once(spawn('sh', few, { cwd: agent.folder, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit')
  assert.equal(code, 0)
  const restored = tree(to)
  assert.equal(Object.keys(restored).length, files)
  for (let number = 0; number < files; number++) {
    const expected = half(number, 0).value.toString()
    assert.ok(expected.includes(JSON.stringify(restored[`logs/${number}.log`]?.slice(0, 10))), `${number}`)
    assert.equal(restored[`logs/${number}.log`]?.length, 20)
  }
})

test('a folder that is not empty, or is none, is refused and left as it is', async (t) => {
  const home = await small(t)
  home.write('a.log', 'text\n')
  await home.ship()
  const mine = join(home.agent.folder, 'mine')
  mkdirSync(mine)
  writeFileSync(join(mine, 'file'), 'mine')
  for (const to of ['mine', 'mine/file', 'mine/file/below']) {
    const { code, err } = await home.run('restore', '--to', to)
    assert.equal(code, 2)
    assert.match(err, /name a folder that is empty, or does not exist\n$/)
  }
  assert.deepEqual(tree(mine), { file: 'mine' })
  mkdirSync(join(home.agent.folder, 'empty'))
  assert.equal((await home.run('restore', '--to', 'empty')).code, 0)
  assert.equal((await home.run('restore')).code, 2)
})

test('what is not in Kafka is a hole that is named, at the end of a file too', async (t) => {
  const home = await small(t)
  home.write('a.log', lines(300, 'a'))
  home.write('b.log', lines(300, 'b'))
  const gone: number[] = []
  await home.ship({
    before: tamper(({ value }) => {
      const { filename, offset, length } = JSON.parse(value.toString()) as {
        filename: string
        offset: number
        length: number
      }
      const isInner = filename.endsWith('a.log') && offset > 0 && gone.length === 0
      if (!isInner && offset + length !== lines(300, 'b').length) return
      if (isInner) gone.push(offset, offset + length)
      value.fill(' ')
    }),
  })
  const { code, out } = await home.run('restore', '--to', 'out')
  assert.equal(code, 1)
  const [from = 0, to = 0] = gone
  const size = lines(300, 'a').length
  assert.match(out, new RegExp(`MISSING {2}\\S+/a\\.log \\S+: \\[${from}, ${to}\\) \\[\\d+, ${size}\\), `))
  assert.match(out, new RegExp(`MISSING {2}\\S+/b\\.log \\S+: \\[\\d+, ${size}\\), `))
  assert.match(out, /: NOT ALL that was shipped\n$/)
  const bytes = readFileSync(home.restored('a.log'))
  assert.ok(bytes.subarray(from, to).every((byte) => byte === 0))
  assert.equal(bytes.subarray(0, from).toString(), lines(300, 'a').slice(0, from))
  assert.equal(bytes.subarray(to).toString(), lines(300, 'a').slice(to, bytes.length))
})

test('a damaged message is not written; where a copy of it is whole nothing is missing', async (t) => {
  const home = shipped(t, await withTopic(t))
  const source = Buffer.from(lines(100, 'a'))
  const piece = (start: number, end: number): Piece => ({
    fileId: fileIdOf(1),
    filename: '/a.log',
    offset: start,
    bytes: source.subarray(start, end),
  })
  await produce(home, [jsonMessage(piece(0, 1000)), jsonMessage(piece(1000, 2000), { crc32: '00000000' })])
  const damaged = await home.run('restore', '--to', 'one')
  assert.equal(damaged.code, 1)
  assert.match(damaged.out, /DAMAGED {2}\S+\/0 offset 1, of \/a\.log from 1000: its bytes have the crc32/)
  assert.equal(statSync(join(home.agent.folder, 'one/a.log')).size, 1000)
  await produce(home, [jsonMessage(piece(500, source.length))])
  const healed = await home.run('restore', '--to', 'two')
  assert.equal(healed.code, 0, healed.out)
  assert.match(healed.out, /1 damaged record passed over: their bytes came in others too\n/)
  assert.ok(readFileSync(join(home.agent.folder, 'two/a.log')).equals(source))
})

test('a file whose shipping began later has a hole in front, which is told and no failure', async (t) => {
  const home = await small(t)
  const config = join(home.agent.folder, 'config.ini')
  writeFileSync(config, readFileSync(config, 'utf8').replace('[kafka_conf]', 'start_at = end\n[kafka_conf]'))
  home.write('a.log', lines(10, 'a'))
  assert.equal((await home.run('run', '--once')).code, 0)
  home.write('a.log', lines(20, 'a'))
  assert.equal((await home.run('run', '--once')).code, 0)
  const { code, out } = await home.run('restore', '--to', 'out')
  const start = lines(10, 'a').length
  assert.equal(code, 0, out)
  assert.match(out, new RegExp(`hole {5}\\S+a\\.log \\S+: \\[0, ${start}\\), ${start} bytes never shipped`))
  assert.equal(readFileSync(home.restored('a.log'), 'utf8').slice(start), lines(20, 'a').slice(start))
})

for (const settings of ['format = json', 'format = line', 'format = line\nline_headers = all']) {
  test(`a single session is restored: ${settings.replace('\n', ', ')}`, async (t) => {
    const home = await small(t, `[message_conf]\n${settings}\n`)
    home.write('a.log', lines(10, 'a'))
    await home.ship({ ahead: -DAY })
    home.write('a.log', lines(20, 'a'))
    home.write('b.log', lines(5, 'b'))
    await home.ship()
    const [manifest = ''] = readdirSync(join(home.agent.folder, 'state/manifests'))
    const date = manifest.replace('.json', '')
    const first = await home.run('restore', '--to', 'first', '--session', date)
    assert.equal(first.code, 0, first.out)
    assert.equal(readFileSync(home.restored('a.log', 'first'), 'utf8'), lines(10, 'a'))
    assert.equal(existsSync(home.restored('b.log', 'first')), false)
    const today = new Date(Date.parse(date) + DAY).toISOString().slice(0, 10)
    const second = await home.run('restore', '--to', 'second', '--session', today)
    assert.equal(second.code, 0, second.out)
    const start = lines(10, 'a').length
    assert.match(
      second.out,
      new RegExp(`hole {5}\\S+a\\.log \\S+: \\[0, ${start}\\), ${start} bytes not of this session`),
    )
    assert.equal(readFileSync(home.restored('a.log', 'second'), 'utf8').slice(start), lines(20, 'a').slice(start))
    assert.equal(readFileSync(home.restored('b.log', 'second'), 'utf8'), lines(5, 'b'))
  })
}

test('without any state the files come from the topic alone', async (t) => {
  const topic = await withTopic(t)
  const source = shipped(t, topic)
  source.write('a.log', motley())
  await source.ship()
  const elsewhere = shipped(t, topic)
  const { code, out } = await elsewhere.run('restore', '--to', 'out')
  assert.equal(code, 0, out)
  const path = join(elsewhere.agent.folder, 'out', source.agent.path('a.log'))
  assert.ok(readFileSync(path).equals(motley()))
  await produce(topic, lineMessages({ fileId: fileIdOf(3), filename: '/b.log', offset: 0, bytes: Buffer.from('b\n') }))
  const session = await elsewhere.run('restore', '--to', 'other', '--session', '2026-11-20')
  assert.equal(session.code, 1)
  assert.match(session.out, /1 message left out: they do not name their session/)
})

test('a topic without a message of ours, and one that is not there, are told', async (t) => {
  const home = await small(t)
  await produce(home, [{ value: 'theirs' }])
  const nothing = await home.run('restore', '--to', 'out')
  assert.equal(nothing.code, 1)
  assert.match(nothing.err, /no message of Pannier's is in topic "test-\w+"\n {2}correct \[kafka_conf\]/)
  const session = await home.run('restore', '--to', 'deep/out', '--session', '2026-11-19')
  assert.equal(session.code, 1)
  assert.match(session.err, /none of session 2026-11-19, is in topic/)
  for (const made of ['out', 'deep']) assert.equal(existsSync(join(home.agent.folder, made)), false)
  const nowhere = await shipped(t, { ...home, topic: 'nowhere' }).run('restore', '--to', 'out')
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.err, /no message of Pannier's is in topic "nowhere", which does not exist\n/)
  home.configure('[message_conf]\nformat = line\nline_headers = none\n')
  assert.equal((await home.run('restore', '--to', 'none')).code, 2)
  assert.equal(existsSync(join(home.agent.folder, 'none')), false)
})
