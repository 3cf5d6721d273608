import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { OutputFolder } from '../../src/proof/output-folder.ts'
import { fileIdOf } from '../tools/messages.ts'

function temp(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pannier-output-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const id = (number: number): string => fileIdOf(number)

test('a folder that holds anything is refused, and a file in its place too', (t) => {
  const path = temp(t)
  writeFileSync(join(path, 'mine'), 'text')
  const expected = { code: 'RESTORE_FOLDER' }
  assert.throws(() => new OutputFolder(path), expected)
  assert.throws(() => new OutputFolder(join(path, 'mine')), expected)
  assert.throws(() => new OutputFolder(join(path, 'mine', 'below')), expected)
  assert.equal(readFileSync(join(path, 'mine'), 'utf8'), 'text')
})

test('each id has a file of its own: the path, then the path with the id, then by-id', (t) => {
  const folder = new OutputFolder(join(temp(t), 'new'))
  const names = ['/a.log', '/a.log', '/a.log', '/a.log/below', '/../a.log', `/${'x'.repeat(250)}`]
  const ids = [id(1), id(2), '00000000'.padEnd(32, 'f'), id(4), id(5), id(6)]
  const made = names.map((name, index) => folder.create(name, ids[index] as string))
  assert.deepEqual(
    made.map(({ path }) => path),
    ['a.log', 'a.log.00000000', `a.log.${ids[2]}`, `by-id/${ids[3]}`, `by-id/${ids[4]}`, 'x'.repeat(250)],
  )
  assert.deepEqual(
    made.map(({ moved }) => moved !== null),
    [false, true, true, true, true, false],
  )
})

test('a path too long for the system goes to by-id', (t) => {
  const folder = new OutputFolder(join(temp(t), 'new'))
  const deep = `/${Array.from({ length: 40 }, () => 'x'.repeat(200)).join('/')}`
  assert.equal(folder.create(deep, id(1)).path, join('by-id', id(1)))
})

test('bytes land at their offsets, and what is between is a hole', (t) => {
  const path = join(temp(t), 'new')
  const folder = new OutputFolder(path)
  const file = folder.create('/a.log', id(1))
  folder.write(file, 6, Buffer.from('later'))
  folder.write(file, 0, Buffer.from('sooner'))
  assert.equal(readFileSync(join(path, 'a.log'), 'utf8'), 'soonerlater')
  folder.write(file, 2 ** 32, Buffer.from('!'))
  const { size, blocks } = statSync(join(path, 'a.log'))
  assert.equal(size, 2 ** 32 + 1)
  assert.ok(blocks * 512 < 1_000_000, 'the hole takes room')
})

test('a link that is put in the place of a file or a folder meanwhile is not followed', (t) => {
  const outside = temp(t)
  writeFileSync(join(outside, 'a.log'), 'theirs')
  const path = join(temp(t), 'new')
  const folder = new OutputFolder(path)
  const file = folder.create('/sub/a.log', id(1))
  rmSync(join(path, 'sub', 'a.log'))
  symlinkSync(join(outside, 'a.log'), join(path, 'sub', 'a.log'))
  assert.throws(() => folder.write(file, 0, Buffer.from('ours')), { code: 'RESTORE_WRITE' })
  renameSync(join(path, 'sub'), join(path, 'other'))
  symlinkSync(outside, join(path, 'sub'))
  assert.throws(() => folder.write(file, 0, Buffer.from('ours')), { code: 'RESTORE_WRITE' })
  // In a folder that is a link nothing is made either.
  mkdirSync(join(outside, 'deep'))
  assert.equal(folder.create('/sub/b.log', id(2)).path, join('by-id', id(2)))
  assert.equal(folder.create('/sub/deep/b.log', id(3)).path, join('by-id', id(3)))
  renameSync(join(path, 'by-id'), join(path, 'away'))
  symlinkSync(outside, join(path, 'by-id'))
  assert.throws(() => folder.create('/../b.log', id(4)), { code: 'RESTORE_WRITE' })
  assert.deepEqual(readdirSync(outside).toSorted(), ['a.log', 'deep'])
  assert.equal(readFileSync(join(outside, 'a.log'), 'utf8'), 'theirs')
  assert.deepEqual(readdirSync(join(outside, 'deep')), [])
})
