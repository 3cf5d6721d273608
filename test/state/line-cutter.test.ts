import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Scanner } from '../../src/state/journal-scan.ts'
import { LineCutter } from '../../src/state/line-cutter.ts'

test('wherever the pieces end, and although their buffer is used again, the lines are those of the whole', () => {
  const text = fc.array(fc.constantFrom('', 'a', 'bc\u00e4', 'x'.repeat(50)), { maxLength: 30 })
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('') + 'rest')
      const found: [string, number][] = []
      const cutter = new LineCutter((line, at) => {
        found.push([line.toString(), at])
        return true
      })
      const piece = Buffer.alloc(40)
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const length = bytes.copy(piece, 0, at, at + (sizes[i % sizes.length] as number))
        cutter.push(piece.subarray(0, length))
        at += length
      }
      assert.deepEqual(
        found.map(([line]) => line),
        lines,
      )
      for (const [line, at] of found) assert.equal(bytes.toString('utf8', at, at + Buffer.byteLength(line)), line)
      assert.equal(cutter.rest.toString(), 'rest')
      assert.equal(cutter.waiting, 4)
    }),
  )
})

test('a state file of half a gigabyte without a line end is damaged, and is not held in memory to be told', () => {
  const scanner = new Scanner('pannier-births')
  const piece = Buffer.alloc(1024 * 1024, 'x')
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 600; i++) scanner.push(piece)
  assert.ok(process.memoryUsage().arrayBuffers - before < 100 * 1024 * 1024)
  assert.equal(scanner.end().flaw?.kind, 'damaged')
})
