// A spool renames and deletes the user's files: none that is not its own, none that is not wholly shipped, whatever comes in between.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { leave, ONCE } from '../../src/leave.ts'
import { SHARE } from '../../src/spool/mover.ts'
import type { TestAgent } from '../harness/agent.ts'
import { systemError } from '../harness/disk.ts'
import { Death, killed, moveIn, names, newSpool, read, settings, settle, spool } from './folder.ts'

/** `done` is on another volume. */
function beOnAnotherVolume(agent: TestAgent): string {
  const done = agent.path('done')
  fs.mkdirSync(done)
  const { link } = agent.mover
  agent.mover.link = async (from, to) => {
    if (dirname(from) !== dirname(to)) throw systemError('EXDEV')
    return link(from, to)
  }
  return done
}

test('a file of a tailed input is left alone, also where a spool names it through a linked folder', async (t) => {
  const agent = await newSpool(t)
  fs.mkdirSync(agent.path('app'))
  fs.symlinkSync(agent.path('app'), agent.path('spool'))
  await agent.start({
    basic_conf: { inputpath: agent.path('app/*.log') },
    'input:spool': { inputpath: agent.path('spool/*.log'), mode: 'spool', on_complete: 'delete', spool_quiet: '5s' },
  })
  moveIn(agent, 'app/a.log', 'one\n')
  await settle(agent)
  assert.deepEqual(names(agent.path('app')), ['a.log'])
})

test('what lies in a folder that a link below the spool leads to is left alone', async (t) => {
  const agent = await newSpool(t)
  fs.mkdirSync(agent.path('spool'))
  moveIn(agent, 'important/a.log', 'not yours\n')
  fs.symlinkSync(agent.path('important'), agent.path('spool/link'))
  fs.symlinkSync(agent.path('spool'), agent.path('short'))
  await agent.start(settings('delete', { inputpath: agent.path('short/**/*.log') }))
  moveIn(agent, 'spool/b.log', 'two\n')
  await settle(agent)
  assert.deepEqual([names(agent.path('important')), names(agent.path('spool'))], [['a.log'], ['link']])
})

test('a file of which start_at = end left bytes out is kept when its input becomes a spool', async (t) => {
  const agent = await newSpool(t)
  moveIn(agent, 'a.log', 'one\n')
  await agent.start({ basic_conf: { start_at: 'end' } })
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.ship()
  await agent.crash(settings('delete'))
  await settle(agent)
  assert.deepEqual(agent.held[0]?.ranges, [[4, 8]])
  assert.deepEqual(names(agent.folder), ['a.log'])
})

test('bytes that were exchanged behind the same size and time are shipped', async (t) => {
  const agent = await spool(t, 'delete')
  moveIn(agent, 'a.log', 'one\n')
  const { atime, mtime } = fs.statSync(agent.path('a.log'))
  let once = true
  agent.broker.verdict = () => {
    if (once) fs.writeFileSync(agent.path('a.log'), 'two\n')
    if (once) fs.utimesSync(agent.path('a.log'), atime, mtime)
    once = false
    return 'ack'
  }
  await agent.ship()
  await settle(agent)
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log').at(-1), 'two\n')
})

test('killed when it has put aside a file that had come to the name, it gives that its name back, and ships it', async (t) => {
  const agent = await newSpool(t)
  const whole = { ...agent.mover }
  const death = new Death()
  agent.mover.rename = async (from, to) => {
    moveIn(agent, 'other', 'other\n')
    agent.rename('other', 'a.log')
    await whole.rename(from, to)
    return death.die()
  }
  await agent.start(settings('rename'))
  moveIn(agent, 'a.log', 'one\n')
  await killed(agent, death, whole)
  await settle(agent)
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'other\n'])
  assert.deepEqual(names(agent.folder), ['a.log.COMPLETED'])
})

test('killed when it has put a file aside that is written anew since, it gives it its name back, and ships it', async (t) => {
  const agent = await newSpool(t)
  const whole = { ...agent.mover }
  const death = new Death()
  agent.mover.rename = async (from, to) => {
    await whole.rename(from, to)
    return death.die()
  }
  await agent.start(settings('rename'))
  moveIn(agent, 'a.log', 'one\n')
  await Promise.race([death.come, agent.ship()])
  agent.mover = whole
  const [aside = ''] = names(agent.folder)
  fs.writeFileSync(agent.path(aside), '2\n')
  await agent.crash()
  await settle(agent)
  await settle(agent)
  await settle(agent)
  assert.deepEqual(agent.shipped('a.log'), ['one\n', '2\n'])
  assert.deepEqual(names(agent.folder), ['a.log.COMPLETED'])
})

test('what cannot get its name back at once gets it later', async (t) => {
  const agent = await newSpool(t)
  const whole = { ...agent.mover }
  agent.mover.rename = async (from, to) => {
    agent.mover.rename = whole.rename
    moveIn(agent, 'other', 'other\n')
    agent.rename('other', 'a.log')
    return whole.rename(from, to)
  }
  let isFull = true
  agent.mover.link = async (from, to) => {
    if (isFull) throw systemError('ENOSPC')
    return whole.link(from, to)
  }
  await agent.start(settings('delete'))
  moveIn(agent, 'a.log', 'one\n')
  await settle(agent)
  isFull = false
  for (let i = 0; i < 20; i++) await settle(agent)
  assert.deepEqual([agent.shipped('a.log'), names(agent.folder)], [['one\n', 'other\n'], []])
})

for (const later of [settings('keep'), { basic_conf: {} }])
  test(`killed with a file put aside, it gives it its name back where the input is ${JSON.stringify(later)} now`, async (t) => {
    const agent = await newSpool(t)
    const whole = { ...agent.mover }
    const death = new Death()
    agent.mover.unlink = death.die
    await agent.start(settings('delete'))
    moveIn(agent, 'a.log', 'one\n')
    await killed(agent, death, whole, later)
    await settle(agent)
    assert.deepEqual([names(agent.folder), agent.shipped('a.log')], [['a.log'], ['one\n']])
  })

test('what is written to a file between the last look and its deletion brings it back', async (t) => {
  const agent = await newSpool(t)
  const { rename } = agent.mover
  let late = true
  agent.mover.rename = async (from, to) => {
    await rename(from, to)
    // The file has been looked at once it is opened.
    agent.disk.fault = (path) => {
      if (late && path === to) fs.appendFileSync(path, 'late\n')
      if (path === to) late = false
      return null
    }
  }
  await agent.start(settings('delete', { max_open_files: '1' }))
  moveIn(agent, 'a.log', 'one\n')
  moveIn(agent, 'b.log', 'two\n')
  await agent.round()
  assert.deepEqual([late, names(agent.folder).length], [false, 1])
  await settle(agent)
  assert.deepEqual([agent.shipped('a.log').length, agent.held.map(({ bytes }) => bytes.length)], [1, [9, 4]])
})

test('what is written to a file while it is deleted is shipped, also with spool_quiet = 0', async (t) => {
  const agent = await newSpool(t)
  const { unlink } = agent.mover
  let writer = 0
  agent.mover.unlink = async (path) => {
    fs.writeSync(writer, 'late\n')
    return unlink(path)
  }
  await agent.start(settings('delete', { spool_quiet: '0' }))
  moveIn(agent, 'a.log', 'one\n')
  writer = fs.openSync(agent.path('a.log'), 'a')
  t.after(() => fs.closeSync(writer))
  await agent.ship()
  await settle(agent)
  assert.deepEqual([agent.shipped('a.log'), names(agent.folder)], [['one\nlate\n'], []])
})

test('what is written to a file while it goes to another volume is shipped', async (t) => {
  for (const step of ['link', 'unlink'] as const) {
    const agent = await newSpool(t)
    beOnAnotherVolume(agent)
    let writer = 0
    const late = (): void => {
      if (writer > 0) fs.writeSync(writer, 'late\n')
      writer = 0
    }
    const { link, unlink } = agent.mover
    if (step === 'unlink')
      agent.mover.unlink = async (path) => {
        late()
        return unlink(path)
      }
    if (step === 'link')
      agent.mover.link = async (from, to) => {
        if (dirname(from) === agent.path('done')) late()
        return link(from, to)
      }
    await agent.start(settings('move', { move_to: agent.path('done') }))
    moveIn(agent, 'a.log', 'one\n')
    const open = (writer = fs.openSync(agent.path('a.log'), 'a'))
    t.after(() => fs.closeSync(open))
    await agent.ship()
    for (let i = 0; i < 5; i++) await settle(agent)
    assert.deepEqual(agent.shipped('a.log'), ['one\nlate\n'], step)
    assert.equal(names(agent.folder).join(), 'done')
    if (step === 'link') assert.equal(read(agent.path('done/a.log.2')), 'one\nlate\n')
  }
})

test('a copy that was never finished is not taken for the file, though somebody has linked it elsewhere', async (t) => {
  const agent = await newSpool(t)
  const done = beOnAnotherVolume(agent)
  const whole = { ...agent.mover }
  const death = new Death()
  agent.mover.copy = async (_, to) => {
    fs.writeFileSync(to, 'on')
    return death.die()
  }
  await agent.start(settings('move', { move_to: done }))
  moveIn(agent, 'a.log', 'one\n')
  await Promise.race([death.come, agent.ship()])
  const [copy = ''] = names(done)
  fs.linkSync(join(done, copy), agent.path('backup'))
  agent.mover = whole
  await agent.crash()
  await settle(agent)
  await settle(agent)
  assert.deepEqual([names(done), read(join(done, 'a.log'))], [['a.log'], 'one\n'])
  assert.equal(read(agent.path('backup')), 'on')
})

for (const step of ['copy', 'link', 'unlink'] as const)
  for (const reach of ['before', 'after'] as const)
    for (const nth of [1, 2])
      test(`killed ${reach} ${step} ${nth} on the way to another volume, it ships nothing twice and leaves nothing behind`, async (t) => {
        const agent = await newSpool(t)
        const done = beOnAnotherVolume(agent)
        const whole = { ...agent.mover }
        const death = new Death()
        let left: number = nth
        const work = whole[step] as (...args: string[]) => Promise<unknown>
        Object.assign(agent.mover, {
          [step]: async (...args: string[]) => {
            if (--left > 0) return work(...args)
            if (reach === 'after') await work(...args)
            return death.die()
          },
        })
        await agent.start(settings('move', { move_to: done }))
        moveIn(agent, 'a.log', 'one\n')
        await killed(agent, death, whole)
        await settle(agent)
        await settle(agent)
        assert.deepEqual(agent.shipped('a.log'), ['one\n'])
        assert.deepEqual([names(agent.folder), names(done)], [['done'], ['a.log']])
        assert.equal(read(join(done, 'a.log')), 'one\n')
      })

test('on a full volume no part of a copy is left behind, and the file is tried again after a while, not in each round', async (t) => {
  const agent = await newSpool(t)
  const done = beOnAnotherVolume(agent)
  const { copy } = agent.mover
  let tries = 0
  let isFull = true
  agent.mover.copy = async (from, to, start) => {
    tries++
    if (!isFull) return copy(from, to, start)
    fs.writeFileSync(to, 'on')
    throw systemError('ENOSPC')
  }
  await agent.start(settings('move', { move_to: done }))
  moveIn(agent, 'a.log', 'one\n')
  await agent.rounds(10)
  assert.deepEqual([names(agent.folder), names(done), tries], [['a.log', 'done'], [], 1])
  isFull = false
  for (let i = 0; i < 10; i++) await settle(agent)
  assert.deepEqual([names(agent.folder), names(done), tries], [['done'], ['a.log'], 2])
})

test('a folder of finished files is known for what it is also where a link leads to it', async (t) => {
  const agent = await newSpool(t)
  fs.mkdirSync(agent.path('real/done'), { recursive: true })
  fs.symlinkSync(agent.path('real'), agent.path('linked'))
  for (const [input, moveTo] of [
    ['real', 'linked'],
    ['linked', 'real'],
  ] as const) {
    await agent.start(
      settings('move', { inputpath: agent.path(`${input}/**/*.log`), move_to: agent.path(`${moveTo}/done`) }),
    )
    moveIn(agent, `real/${input}.log`, 'one\n')
    await settle(agent)
    await settle(agent)
    assert.equal(agent.eventsNamed('spool_completed').length, 1)
    agent.events.length = 0
    await agent.crash()
  }
  assert.deepEqual(names(agent.path('real/done')), ['linked.log', 'real.log'])
})

test('what one spool has moved into its folder is not deleted by another that names that folder too', async (t) => {
  const agent = await newSpool(t)
  fs.mkdirSync(agent.path('done'))
  await agent.start({
    basic_conf: { mode: 'spool', on_complete: 'move', move_to: agent.path('done'), spool_quiet: '5s' },
    'input:all': { inputpath: agent.path('**/*'), on_complete: 'delete', move_to: '' },
  })
  moveIn(agent, 'a.log', 'one\n')
  await settle(agent)
  await settle(agent)
  assert.deepEqual(names(agent.path('done')), ['a.log'])
})

test('a compressed file that was shipped before a kill is completed after it', async (t) => {
  const agent = await newSpool(t)
  const whole = { ...agent.mover }
  const death = new Death()
  agent.mover.rename = death.die
  await agent.start(settings('delete', { inputpath: '*.gz' }))
  moveIn(agent, 'a.gz', gzipSync('one\n'))
  await killed(agent, death, whole)
  await settle(agent)
  await settle(agent)
  assert.deepEqual([agent.shipped('a.gz'), names(agent.folder)], [['one\n'], []])
})

test('a file that was written anew in its place, of which NULs were filtered, is kept', async (t) => {
  const agent = await spool(t, 'delete')
  moveIn(agent, 'a.log', 'one\n'.repeat(100))
  agent.broker.verdict = () => 'refused'
  await agent.round()
  agent.broker.verdict = () => 'ack'
  const text = `${'\0'.repeat(1000)}two\n`
  fs.writeFileSync(agent.path('a.log'), text)
  await settle(agent)
  await settle(agent)
  assert.deepEqual(agent.held.at(-1)?.ranges, [[1000, text.length]])
  assert.deepEqual(names(agent.folder), ['a.log'])
  await agent.crash()
  await settle(agent)
  assert.deepEqual(names(agent.folder), ['a.log'])
})

test('a large file goes to another volume a share at a time, so that no round hangs on it', async (t) => {
  const agent = await newSpool(t)
  const done = beOnAnotherVolume(agent)
  const { copy } = agent.mover
  const ends: number[] = []
  agent.mover.copy = async (from, to, start) => {
    const made = await copy(from, to, start)
    ends.push(made.end)
    return made
  }
  await agent.start(settings('move', { move_to: done }))
  const text = 'a line of a large file\n'.repeat(800_000)
  moveIn(agent, 'a.log', text)
  moveIn(agent, 'b.log', 'two\n')
  let report = await agent.round()
  while (ends.length === 0) report = await agent.round()
  assert.equal(report.done, false)
  assert.deepEqual([ends, fs.existsSync(join(done, 'a.log'))], [[SHARE], false])
  await agent.round()
  assert.deepEqual(ends.slice(0, 2), [SHARE, text.length])
  await settle(agent)
  assert.deepEqual([names(agent.folder), names(done)], [['done'], ['a.log', 'b.log']])
  assert.ok(fs.readFileSync(join(done, 'a.log')).equals(Buffer.from(text)))
  agent.assertExact()
})

test('an agent that leaves once all is shipped finishes the copy of a large file first', async (t) => {
  const agent = await newSpool(t)
  const done = beOnAnotherVolume(agent)
  await agent.start(settings('move', { move_to: done }))
  moveIn(agent, 'a.log', 'a line of a large file\n'.repeat(800_000))
  await leave(agent.parts, { why: ONCE, deadline: () => Number.POSITIVE_INFINITY, quiet: 0, flushPartial: false })
  assert.deepEqual([names(agent.folder), names(done)], [['done'], ['a.log']])
})
