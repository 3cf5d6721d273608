// A spool: each file is taken when it is finished, shipped once, and then dealt with, whatever happens in between.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Mover } from '../../src/spool/mover.ts'
import { systemError } from '../harness/disk.ts'
import { moveIn, names, newSpool, QUIET, read, settings, settle, spool, write } from './folder.ts'

test('a file that is still written to is not taken, and is once it rests for spool_quiet', async (t) => {
  const agent = await spool(t, 'keep')
  write(agent, 'a.log', 'one\n')
  await agent.round()
  agent.clock.advance(QUIET - 1)
  write(agent, 'a.log', 'two\n')
  await agent.round()
  agent.clock.advance(QUIET - 1)
  await agent.round()
  assert.deepEqual(agent.shipped('a.log'), [])
  agent.clock.advance(1)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  assert.equal(agent.eventsNamed('file_settling').length, 1)
})

test('a file from the future is taken once it was seen to rest for spool_quiet', async (t) => {
  const agent = await spool(t, 'keep')
  agent.append('a.log', 'one\n')
  fs.utimesSync(agent.path('a.log'), Date.now(), Date.now())
  await agent.round()
  agent.clock.advance(QUIET - 1)
  await agent.round()
  assert.deepEqual(agent.shipped('a.log'), [])
  agent.clock.advance(1)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})

test('what was moved in is taken at once, also where its last line has no end', async (t) => {
  const agent = await spool(t, 'keep')
  moveIn(agent, 'a.log', 'one\ntwo')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo'])
})

test('two files with the same content are two files', async (t) => {
  const agent = await spool(t, 'keep')
  const text = 'the same line\n'.repeat(200)
  moveIn(agent, 'a.log', text)
  await agent.ship()
  moveIn(agent, 'b.log', text)
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [[text], [text]])
})

test('on_complete = rename adds .COMPLETED, overwrites nothing, and ships a name that is used again as a new file', async (t) => {
  const agent = await spool(t, 'rename', { inputpath: '*' })
  moveIn(agent, 'a.log', 'one\n')
  await settle(agent)
  assert.deepEqual(names(agent.folder), ['a.log.COMPLETED'])
  moveIn(agent, 'a.log', 'two\n')
  await settle(agent)
  assert.deepEqual(names(agent.folder), ['a.log.COMPLETED', 'a.log.COMPLETED.2'])
  assert.deepEqual([read(agent.path('a.log.COMPLETED')), read(agent.path('a.log.COMPLETED.2'))], ['one\n', 'two\n'])
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
  agent.assertExact()
  await agent.crash()
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

test('on_complete = delete waits for the ack of the last byte and for a durable checkpoint', async (t) => {
  const agent = await spool(t, 'delete')
  moveIn(agent, 'a.log', 'one\n')
  agent.broker.verdict = () => 'refused'
  await agent.round()
  agent.clock.advance(QUIET)
  await agent.round()
  assert.deepEqual(names(agent.folder), ['a.log'])
  agent.broker.verdict = () => 'ack'
  agent.state.full = true
  await agent.round()
  agent.clock.advance(QUIET)
  await agent.round()
  assert.equal(agent.file('a.log').lag, 0)
  assert.deepEqual(names(agent.folder), ['a.log'])
  agent.state.full = false
  await settle(agent)
  assert.deepEqual(names(agent.folder), [])
  assert.equal(agent.disk.handles.size, 0)
})

test('on_complete = move puts a file into move_to, whose files are no input, under a name that is free', async (t) => {
  const agent = await newSpool(t)
  fs.mkdirSync(agent.path('done'))
  fs.writeFileSync(agent.path('done/a.log'), 'somebody else\n')
  await agent.start(settings('move', { move_to: agent.path('done'), inputpath: '**/*.log' }))
  moveIn(agent, 'a.log', 'one\n')
  await settle(agent)
  assert.deepEqual([names(agent.folder), names(agent.path('done'))], [['done'], ['a.log', 'a.log.2']])
  assert.deepEqual([read(agent.path('done/a.log')), read(agent.path('done/a.log.2'))], ['somebody else\n', 'one\n'])
  assert.deepEqual(
    agent.held.map(({ filename }) => filename),
    [agent.path('a.log')],
  )
})

test('to another volume a file is copied, and goes once the copy is durable', async (t) => {
  const agent = await newSpool(t)
  const done = agent.path('done')
  fs.mkdirSync(done)
  const { link } = agent.mover
  agent.mover.link = async (from, to) => {
    if (dirname(from) !== dirname(to)) throw systemError('EXDEV')
    return link(from, to)
  }
  await agent.start(settings('move', { move_to: done }))
  moveIn(agent, 'a.log', 'one\n')
  const { mtimeMs } = fs.statSync(agent.path('a.log'))
  await settle(agent)
  assert.deepEqual([names(agent.folder), names(done)], [['done'], ['a.log']])
  assert.deepEqual([read(join(done, 'a.log')), fs.statSync(join(done, 'a.log')).mtimeMs], ['one\n', mtimeMs])
  await settle(agent)
  assert.equal(agent.files[0]?.life, 'ended')
})

test('a file system without hard links overwrites nothing either', async (t) => {
  const agent = await newSpool(t)
  agent.mover.link = () => Promise.reject(systemError('EPERM'))
  await agent.start(settings('rename'))
  fs.writeFileSync(agent.path('a.log.COMPLETED'), 'somebody else\n')
  moveIn(agent, 'a.log', 'one\n')
  await settle(agent)
  assert.deepEqual(names(agent.folder), ['a.log.COMPLETED', 'a.log.COMPLETED.2'])
  assert.deepEqual(
    [read(agent.path('a.log.COMPLETED')), read(agent.path('a.log.COMPLETED.2'))],
    ['somebody else\n', 'one\n'],
  )
})

test('what is written to a file before it goes comes back and is shipped', async (t) => {
  const agent = await newSpool(t)
  const { rename } = agent.mover
  let late = true
  agent.mover.rename = async (from, to) => {
    if (late) agent.append('a.log', 'late\n')
    late = false
    return rename(from, to)
  }
  await agent.start(settings('delete'))
  moveIn(agent, 'a.log', 'one\n')
  await agent.shipAfter(QUIET)
  assert.deepEqual(names(agent.folder), ['a.log'])
  assert.match(agent.eventsNamed('spool_kept')[0]?.reason ?? '', /written to after it was taken/)
  await settle(agent)
  assert.deepEqual([agent.shipped('a.log'), names(agent.folder)], [['one\nlate\n'], []])
  agent.assertExact()
})

test('who still writes to a deleted file is heard', async (t) => {
  const agent = await spool(t, 'delete')
  moveIn(agent, 'a.log', 'one\n')
  const writer = fs.openSync(agent.path('a.log'), 'a')
  t.after(() => fs.closeSync(writer))
  await agent.ship()
  assert.deepEqual(names(agent.folder), [])
  fs.writeSync(writer, 'late\n')
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log'), ['one\nlate\n'])
})

test('a file that comes to the name at that moment is put back, and shipped', async (t) => {
  const agent = await newSpool(t)
  const { rename } = agent.mover
  let other = true
  agent.mover.rename = async (from, to) => {
    if (other) {
      moveIn(agent, 'other', 'other\n')
      agent.rename('other', 'a.log')
    }
    other = false
    return rename(from, to)
  }
  await agent.start(settings('delete'))
  moveIn(agent, 'a.log', 'one\n')
  await agent.shipAfter(QUIET)
  assert.deepEqual([names(agent.folder), read(agent.path('a.log'))], [['a.log'], 'other\n'])
  await settle(agent)
  await settle(agent)
  assert.deepEqual([agent.shipped('a.log'), names(agent.folder)], [['one\n', 'other\n'], []])
})

test('a link is shipped, and what it leads to is left alone', async (t) => {
  const agent = await newSpool(t)
  moveIn(agent, 'elsewhere', 'not yours\n')
  fs.symlinkSync(agent.path('elsewhere'), agent.path('a.log'))
  await agent.start(settings('delete'))
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log'), ['not yours\n'])
  assert.deepEqual(names(agent.folder), ['a.log', 'elsewhere'])
})

test('a file of which bytes were given up is kept', async (t) => {
  const agent = await spool(t, 'delete')
  moveIn(agent, 'a.log', 'one\ntwo\n')
  agent.broker.verdict = () => 'refused'
  await agent.round()
  agent.truncate('a.log', 4)
  agent.broker.verdict = () => 'ack'
  await settle(agent)
  await settle(agent)
  const [file] = agent.files
  assert.ok((file?.totals.abandoned ?? 0) > 0)
  if (file?.life === 'living') assert.deepEqual(names(agent.folder), ['a.log'])
})

const STEPS = ['rename', 'link', 'unlink'] as const satisfies readonly (keyof Mover)[]

for (const onComplete of ['rename', 'move', 'delete'])
  for (const step of STEPS)
    for (const reach of ['before', 'after'] as const)
      test(`killed ${reach} ${step} of on_complete = ${onComplete}, it ships nothing twice and ends as it would have`, async (t) => {
        const agent = await newSpool(t)
        const done = agent.path('done')
        fs.mkdirSync(done)
        const whole = { ...agent.mover }
        const killed = new Promise<void>((resolve) => {
          // What is dead does nothing more.
          const die = (): Promise<never> => {
            resolve()
            return new Promise(() => {})
          }
          const wrap =
            <A extends string[], R>(name: string, work: (...args: A) => Promise<R>) =>
            async (...args: A): Promise<R> => {
              if (name !== step) return work(...args)
              if (reach === 'after') await work(...args)
              return die()
            }
          agent.mover = {
            ...whole,
            rename: wrap('rename', whole.rename),
            link: wrap('link', whole.link),
            unlink: wrap('unlink', whole.unlink),
          }
        })
        await agent.start(settings(onComplete, onComplete === 'move' ? { move_to: done } : {}))
        moveIn(agent, 'a.log', 'one\n')
        await Promise.race([killed, agent.ship()])
        agent.mover = whole
        await agent.crash()
        await settle(agent)
        await settle(agent)
        assert.deepEqual(agent.shipped('a.log'), ['one\n'])
        agent.assertExact()
        const ends = { rename: ['a.log.COMPLETED', 'done'], move: ['done'], delete: ['done'] }
        assert.deepEqual(names(agent.folder), ends[onComplete as keyof typeof ends])
        assert.deepEqual(names(done), onComplete === 'move' ? ['a.log'] : [])
      })
