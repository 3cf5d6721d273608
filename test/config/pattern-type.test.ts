import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linePattern } from '../../src/config/pattern-type.ts'

const found = (pattern: string, text: string): boolean => {
  const parsed = linePattern.parse(pattern)
  assert.ok('value' in parsed && parsed.value !== null, JSON.stringify(parsed))
  return parsed.value.isIn(text)
}

describe('a pattern for lines', () => {
  it('means what it means in Python', () => {
    for (const [pattern, yes, no] of [
      ['^\\d{4}-\\d\\d', '2026-11', 'x2026-11'],
      ['\\d', '٣', 'x'],
      ['^\\w+错', '中错', '- 错'],
      ['^[\\w.]+$', 'ä.中', 'ä 中'],
      ['(?i)error', 'ERROR', 'eror'],
      ['^\\S', 'x', '\u3000x'],
      ['^[^\\s]', 'a', ' a'],
      ['^[]a]', ']', 'b'],
      ['[[]x', '[x', 'x'],
      ['^(?P<x>a)\\Z', 'a', 'ab'],
      ['a(?#why)b', 'ab', 'a'],
      ['^a{,2}$', 'aa', 'aaa'],
      ['\\u9519\\x41', '错A', '错'],
      ['\\.\\-\\/\\错', '.-/错', '.-/'],
    ] as const) {
      assert.equal(found(pattern, yes), true, pattern)
      assert.equal(found(pattern, no), false, pattern)
    }
  })

  it('is refused with the reason where it would have to go back, or is none', () => {
    for (const [pattern, why] of [
      ['(?=a)', /looks around/],
      ['(?<!a)b', /looks around/],
      ['(a)\\1', /refers back/],
      ['(?P<n>a)(?P=n)', /refers back/],
      ['a(', /missing closing/],
      ['[a', /without its \]/],
      ['(?x)a', /flag x/],
      ['a*+', /repetition/],
      ['\\q', /unknown escape/],
      ['a\\', /backslash at the end/],
    ] as const) {
      const parsed = linePattern.parse(pattern)
      assert.match('refused' in parsed ? parsed.refused : '', why, pattern)
    }
  })

  it('may be empty', () => {
    assert.deepEqual(linePattern.parse(''), { value: null })
  })
})
