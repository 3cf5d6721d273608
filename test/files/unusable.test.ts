import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'
import { systemError } from '../harness/disk.ts'

test('a FIFO, a folder and an unreadable file are named once, and the other files are shipped', async (t) => {
  const agent = await startAgent(t)
  execFileSync('mkfifo', [agent.path('pipe.log')])
  fs.mkdirSync(agent.path('folder.log'))
  agent.append('closed.log', 'secret\n')
  agent.append('a.log', 'one\n')
  const unreadable = agent.path('closed.log')
  agent.disk.fault = (path) => (path === unreadable ? systemError('EACCES') : null)
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  const named = agent.eventsNamed('file_unreadable').map(({ path, reason }) => `${path} ${reason}`)
  assert.deepEqual(named.toSorted(), [
    `${unreadable} permission denied for the user that Pannier runs as (EACCES)`,
    `${agent.path('pipe.log')} it is a FIFO, a socket or a device, not a file`,
  ])
})

test('a file that was unreadable is shipped as soon as it can be read', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  agent.disk.fault = (path) => (path.endsWith('a.log') ? systemError('EACCES') : null)
  await agent.rounds(2)
  agent.disk.fault = () => null
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})

test('a read that fails once is tried again, although the file does not change any more', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  let failed = 0
  agent.disk.readFault = () => (failed++ < 4 ? systemError('EIO') : null)
  for (let i = 0; i < 8; i++) await agent.round().catch(() => {})
  assert.ok(failed > 4)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('a file whose reads fail holds no other file back and is named once', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  agent.append('b.log', 'one\n')
  await agent.ship()
  agent.disk.readFault = (path) => (path.endsWith('a.log') ? systemError('EIO') : null)
  agent.append('a.log', 'two\n')
  agent.append('b.log', 'two\n')
  await agent.rounds(4)
  assert.deepEqual(agent.shipped('b.log'), ['one\ntwo\n'])
  agent.disk.readFault = () => null
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  const named = [
    ...agent.eventsNamed('file_unread').map(({ file }) => file.path),
    ...agent.eventsNamed('file_unreadable').map(({ path }) => path),
  ]
  assert.deepEqual(named, [agent.path('a.log')])
})

test('a folder that cannot be listed is named once, and its files are neither gone nor forgotten', async (t) => {
  // P8 absence is not proved by a folder that cannot be asked
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('**/*.log'), close_inactive: '1s' } })
  agent.append('sub/a.log', 'one\n')
  await agent.ship()
  await agent.shipAfter(2_000)
  agent.disk.fault = (path) => (path.startsWith(agent.path('sub')) ? systemError('EACCES') : null)
  const away = agent.path('away')
  fs.renameSync(agent.path('sub'), away)
  fs.mkdirSync(agent.path('sub'))
  for (let day = 0; day < 12; day++) await agent.shipAfter(86_400_000)
  assert.equal(agent.eventsNamed('folder_blind').length, 1)
  agent.disk.fault = () => null
  fs.rmdirSync(agent.path('sub'))
  fs.renameSync(away, agent.path('sub'))
  agent.append('sub/a.log', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('sub/a.log'), ['one\ntwo\n'])
  agent.assertExact()
})

test('a folder that vanished is not the absence of its files', async (t) => {
  // P8 an unmounted volume
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('sub/*.log') } })
  agent.append('sub/a.log', 'one\nunfin')
  await agent.ship()
  await agent.crash()
  const away = `${agent.folder}-away`
  t.after(() => fs.rmSync(away, { recursive: true, force: true }))
  fs.renameSync(agent.path('sub'), away)
  for (let day = 0; day < 12; day++) await agent.shipAfter(86_400_000)
  assert.deepEqual(
    agent.eventsNamed('file_missing').map(({ file }) => file.path),
    [agent.path('sub/a.log')],
  )
  fs.renameSync(away, agent.path('sub'))
  agent.append('sub/a.log', 'ished\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('sub/a.log'), ['one\nunfinished\n'])
  agent.assertExact()
})

test('another volume mounted in the place of a folder is not the absence of its files', async (t) => {
  // P8 an unmounted volume
  const agent = await startAgent(t)
  agent.append('a.log', 'one\nunfin')
  await agent.ship()
  await agent.crash()
  const [stored] = agent.files
  assert.ok(stored)
  agent.rename('a.log', '../hidden-by-the-mount')
  t.after(() => fs.rmSync(agent.path('../hidden-by-the-mount'), { force: true }))
  agent.disk.alter = (stat) => ({ ...stat, dev: stat.dev + 1n })
  for (let day = 0; day < 12; day++) await agent.shipAfter(86_400_000)
  assert.equal(stored.life, 'missing')
  agent.disk.alter = (stat) => stat
  fs.renameSync(agent.path('../hidden-by-the-mount'), agent.path('a.log'))
  agent.append('a.log', 'ished\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\nunfinished\n'])
  agent.assertExact()
})

test('a file whose name is no UTF-8 is named once', async (t) => {
  const agent = await startAgent(t)
  fs.writeFileSync(Buffer.concat([Buffer.from(`${agent.folder}/b`), Buffer.from([0xe9]), Buffer.from('.log')]), 'one\n')
  await agent.rounds(3)
  assert.equal(agent.eventsNamed('file_unreadable').length, 1)
})

test('files far below a folder that cannot be listed for a while are followed', async (t) => {
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('**/*.log') } })
  agent.append('sub/deep/a.log', 'one\n')
  await agent.ship()
  agent.disk.fault = (path) => (path === agent.path('sub') ? systemError('EACCES') : null)
  agent.append('sub/deep/a.log', 'two\n')
  await agent.rounds(2)
  assert.deepEqual(agent.shipped('sub/deep/a.log'), ['one\ntwo\n'])
})

test('a file that changed while neither its folder could be listed nor itself be read is compared as soon as it can be', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  fs.writeFileSync(agent.path('a.log'), 'two\n')
  agent.disk.fault = () => systemError('EACCES')
  await agent.crash()
  await agent.rounds(2)
  agent.disk.fault = () => null
  await agent.ship()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

test('a socket, a device and a folder among the candidates are named once and never opened', async (t) => {
  const agent = await startAgent(t)
  const server = createServer().listen(agent.path('socket.log'))
  t.after(() => server.close())
  await once(server, 'listening')
  fs.symlinkSync('/dev/zero', agent.path('device.log'))
  fs.mkdirSync(agent.path('folder.log'))
  const opened: string[] = []
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = (path) => {
    opened.push(path)
    return open(path)
  }
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  assert.deepEqual([...new Set(opened)], [agent.path('a.log')])
  const named = agent.eventsNamed('file_unreadable').map(({ path }) => path)
  assert.deepEqual(named, [agent.path('device.log'), agent.path('socket.log')])
})

test('a FIFO that a file takes the place of later is shipped then', async (t) => {
  const agent = await startAgent(t)
  execFileSync('mkfifo', [agent.path('a.log')])
  await agent.rounds(2)
  agent.remove('a.log')
  agent.append('a.log', 'one\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})

test('a file that could not be read while it was renamed away is shipped from where it stood once it can be', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.shipAfter(2_000)
  agent.append('a.log', 'two\n')
  agent.disk.fault = (path) => (path.includes('a.log') ? systemError('EACCES') : null)
  await agent.rounds(2)
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'three\n')
  await agent.rounds(3)
  agent.disk.fault = () => null
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\ntwo\n', 'three\n'])
  agent.assertExact()
})
