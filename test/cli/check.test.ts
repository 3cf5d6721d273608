import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { acquireLock } from '../../src/state/lock.ts'
import { withTopic } from '../kafka/broker.ts'
import { kafkaConf, pannier, place } from './pannier.ts'
import { closesAtOnce, deadAddress, saysNothing, speaksHttp, stranger } from './strangers.ts'

const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FAIL'))

test('check says ok of all and exits with 0 where a start would succeed', async (t) => {
  const { brokers, topic } = await withTopic(t, { partitions: 3 })
  const home = place(t, kafkaConf(brokers, topic))
  home.write('a.log', 'one\n')
  home.write('b.log', 'two\n')
  const { code, lines, err } = await pannier(home.path, 'check')
  assert.deepEqual(failures(lines), [])
  assert.equal(code, 0, err)
  assert.ok(lines.includes(`ok    files ${home.logs}/*.log: 2 files match`), lines.join('\n'))
  assert.ok(lines.includes(`ok    topic "${topic}": exists, 3 partitions, not compacted`), lines.join('\n'))
  assert.ok(lines.includes(`ok    topic "${topic}": User:ANONYMOUS may write`), lines.join('\n'))
  assert.ok(lines.includes(`ok    topic "${topic}": messages of up to 1048588 bytes (max_message_length = auto)`))
  assert.ok(lines.includes(`ok    state_dir ${home.state}: will be created`))
  assert.equal(existsSync(home.state), false)
})

test('check names a topic that does not exist and how to create it, and does not create it', async (t) => {
  const { brokers } = await withTopic(t)
  const home = place(t, kafkaConf(brokers, 'nowhere'))
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 1)
  const [failure = ''] = failures(lines)
  assert.match(
    failure,
    /^FAIL {2}topic "nowhere" does not exist — create it \(kafka-topics\.sh --create --topic nowhere/,
  )
  home.configure(`${kafkaConf(brokers, 'nowhere')}create_topic = yes\n`)
  for (let again = 0; again < 2; again++) {
    const allowed = await pannier(home.path, 'check')
    assert.equal(allowed.code, 0)
    assert.ok(allowed.lines.some((line) => line.startsWith('warn  topic "nowhere" does not exist; it will be created')))
  }
})

test('check tells of a compacted topic, a too small one, a missing folder and an illegal topic name all at once', async (t) => {
  const compacted = await withTopic(t, { configs: { 'cleanup.policy': 'compact' } })
  const small = await withTopic(t, { configs: { 'max.message.bytes': '2000' } })
  const home = place(t)
  home.write('x'.repeat(240), 'text\n')
  home.configure(`[basic_conf]
inputpath = ${home.path}/gone/*.log
${kafkaConf(compacted.brokers, compacted.topic)}[message_conf]
max_message_length = 5000
[input:small]
inputpath = ${home.logs}/none*
topic = ${small.topic}
[input:long]
inputpath = ${home.logs}/x*
topic = a-topic-with-{basename}
`)
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 1)
  const said = failures(lines).join('\n')
  assert.match(said, /gone cannot be listed: it is not there \(ENOENT\) — .* correct \[basic_conf\] inputpath/)
  assert.match(said, /cleanup\.policy=compact/)
  assert.match(
    said,
    /max_message_length = 5000 is more than its max\.message\.bytes = 2000 — .*--add-config max\.message\.bytes=5000/,
  )
  assert.match(said, /no legal topic name — a topic name has 1 to 249/)
  assert.ok(
    lines.some((line) => line.startsWith(`warn  files ${home.logs}/none* of [input:small]: no file matches now`)),
  )
})

test('check tells apart a dead port, one that closes, one that speaks HTTP and one that is silent, within 15 seconds', async (t) => {
  const dead = await deadAddress()
  const closing = await stranger(t, closesAtOnce)
  const http = await stranger(t, speaksHttp)
  const silent = await stranger(t, saysNothing)
  const home = place(t, kafkaConf([dead, closing.address, http.address, silent.address], 'logs'))
  const began = performance.now()
  const { code, lines } = await pannier(home.path, 'check')
  assert.ok(performance.now() - began < 15_000)
  assert.equal(code, 1)
  const said = (address: string): string => lines.find((line) => line.includes(`broker ${address}`)) ?? ''
  assert.match(
    said(dead),
    /^FAIL .*connection refused, nothing listens there — start the broker, or correct \[kafka_conf\] brokers/,
  )
  assert.match(
    said(closing.address),
    /^FAIL .*it takes the connection and closes it — is this the port of a Kafka listener/,
  )
  assert.match(said(http.address), /^FAIL .*it takes the connection and closes it/)
  assert.match(said(silent.address), /^FAIL .*it takes the connection and says nothing/)
  assert.ok(lines.some((line) => line.startsWith('warn  topic "logs": not asked')))
})

test('check gets along with one broker of two, and says what is wrong with the other', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const home = place(t, kafkaConf([await deadAddress(), ...brokers], topic))
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 0)
  assert.ok(
    lines.some((line) => /^warn {2}broker .*connection refused.*the agent gets along with the others/.test(line)),
  )
})

test('check prints every problem of a wrong configuration and exits with 2', async (t) => {
  const home = place(t, '[kafka_conf]\nbroker = x:1\nacks = 7\n')
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 2)
  assert.equal(lines.length, 2)
  assert.match(lines[0] ?? '', /^FAIL {2}config\.ini:5: \[kafka_conf\] broker.*did you mean brokers\?/)
  assert.match(lines[1] ?? '', /^FAIL {2}config\.ini:6: \[kafka_conf\] acks = 7/)
})

test('check names folders that cannot be listed: one that is a file, one behind a circle of links', async (t) => {
  const home = place(t)
  const file = home.write('a.log', 'text\n')
  symlinkSync('circle', join(home.path, 'circle'))
  home.configure(
    `[basic_conf]\ninputpath = ${file}/*.log;${home.path}/circle/logs\n${kafkaConf([await deadAddress()], 'logs')}`,
  )
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 1)
  assert.ok(
    lines.some((line) =>
      line.includes(`${file} cannot be listed: it is not a folder (ENOTDIR) — make ${file} a folder`),
    ),
  )
  assert.ok(
    lines.some((line) => line.includes('its symbolic links lead in a circle (ELOOP)')),
    lines.join('\n'),
  )
})

test('check says who holds the state, and neither takes it nor leaves anything there', async (t) => {
  const home = place(t, kafkaConf([await deadAddress()], 'logs'))
  mkdirSync(home.state)
  const lock = await acquireLock({ stateDir: home.state, host: 'here', pid: process.pid })
  const held = await pannier(home.path, 'check')
  assert.ok(
    held.lines.some((line) =>
      line.startsWith(`warn  state_dir ${home.state}: held by an agent (host here, pid ${process.pid}, since`),
    ),
  )
  await lock.release()
  const free = await pannier(home.path, 'check')
  assert.ok(free.lines.includes(`ok    state_dir ${home.state}: held by no other agent`))
  assert.deepEqual(readdirSync(home.state), [])
})

test('check warns of a relative state_dir, and of no absolute one', async (t) => {
  const home = place(t, kafkaConf([await deadAddress()], 'logs'))
  const warned = (lines: readonly string[]): boolean => lines.some((line) => line.includes('depends on the directory'))
  assert.equal(warned((await pannier(home.path, 'check')).lines), true)
  home.configure(
    `[basic_conf]\ninputpath = ${home.logs}/*.log\nstate_dir = ${home.state}\n${kafkaConf([await deadAddress()], 'logs')}`,
  )
  assert.equal(warned((await pannier(home.path, 'check')).lines), false)
})

test('check warns of a file whose name is not valid UTF-8', async (t) => {
  const home = place(t, kafkaConf([await deadAddress()], 'logs'))
  home.write('a\uFFFD.log', 'one\n')
  const gbk = Buffer.concat([Buffer.from(`${home.logs}/`), Buffer.from([0xc8, 0xd5]), Buffer.from('.log')])
  try {
    writeFileSync(gbk, 'one\n')
  } catch {
    return t.skip('this file system takes no such name')
  }
  const { lines } = await pannier(home.path, 'check')
  assert.ok(lines.includes(`ok    files ${home.logs}/*.log: 1 file matches`), lines.join('\n'))
  assert.ok(
    lines.some((line) =>
      line.startsWith(
        `warn  files ${home.logs}/*.log: 1 file is not shipped, since its name is not valid UTF-8 — rename it`,
      ),
    ),
    lines.join('\n'),
  )
})

test('check names a state_dir that cannot be made and one that is a file', async (t) => {
  const home = place(t)
  const file = home.write('a.log', '')
  for (const stateDir of [file, `${file}/state`]) {
    home.configure(
      `[basic_conf]\ninputpath = ${home.logs}/*.log\nstate_dir = ${stateDir}\n${kafkaConf([await deadAddress()], 'logs')}`,
    )
    const { code, lines } = await pannier(home.path, 'check')
    assert.equal(code, 1)
    assert.ok(
      lines.some((line) => line.startsWith(`FAIL  state_dir ${stateDir}`)),
      lines.join('\n'),
    )
  }
})
