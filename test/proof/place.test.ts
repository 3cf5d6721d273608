import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf } from '../../src/proof/place.ts'

test('a path is taken from its root on', () => {
  assert.deepEqual(placeOf('/var/log/a b.log', false).parts, ['var', 'log', 'a b.log'])
  assert.deepEqual(placeOf('logs/ä.log', false).parts, ['logs', 'ä.log'])
  assert.deepEqual(placeOf('C:\\logs\\a.log', true).parts, ['logs', 'a.log'])
  assert.deepEqual(placeOf('/var/log/aux.log', false).parts, ['var', 'log', 'aux.log'])
})

test('a name that leads elsewhere, or makes trouble, is not followed', () => {
  const names = [
    '',
    '/',
    '.',
    '..',
    '../a',
    '/../a',
    '/a/../../b',
    '/a/./b',
    '/a//b',
    '//a',
    '/a/',
    'a\0b',
    '/a\nb',
    '/a\u001b[2Jb',
    '/\ud800',
    `/${'x'.repeat(256)}`,
    `/${'ä'.repeat(128)}`,
    '/by-id/x',
    '/BY-ID/x',
  ]
  for (const name of names) {
    const { parts, reason } = placeOf(name, false)
    assert.equal(parts, null, JSON.stringify(name))
    assert.ok((reason ?? '').length > 0)
  }
})

test('on Windows its own rules hold too', () => {
  for (const name of ['C:\\con', 'C:\\logs\\aux.log', '\\a:b', '\\a\\b.', '\\a\\..\\b', '\\\\server\\share'])
    assert.equal(placeOf(name, true).parts, null, name)
})
