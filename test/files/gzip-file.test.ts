import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { FileStat, OpenFile } from '../../src/files/disk.ts'
import { digestOf } from '../../src/files/fingerprint.ts'
import { GzipFile } from '../../src/files/gzip-file.ts'
import { GzipProof, type Whole } from '../../src/files/gzip-proof.ts'
import type { Position } from '../../src/files/position.ts'

/** A compressed file in memory that can be changed, and counts what was read of it. */
class Compressed implements OpenFile {
  bytes: Buffer
  given = 0
  closed = false
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  stat = async (): Promise<FileStat> => ({
    kind: 'file',
    dev: 1n,
    ino: 1n,
    size: this.bytes.length,
    birth: 0n,
    mtime: BigInt(this.bytes.at(-8) ?? 0),
    ctime: 0n,
    links: 1,
  })
  read = async (into: Buffer, at: number, length: number, position: number): Promise<number> => {
    const copied = this.bytes.copy(into, at, position, Math.min(this.bytes.length, position + length))
    this.given += copied
    return copied
  }
  close = async (): Promise<void> => {
    this.closed = true
  }
}

/** Compresses somewhat. */
const content = (length: number): Buffer => Buffer.from(randomBytes(length / 2).toString('hex'))

const members = (bytes: Buffer, cuts: readonly number[]): Buffer => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return Buffer.concat(at.slice(1).map((end, i) => gzipSync(bytes.subarray(at[i], end))))
}

async function readAt(file: GzipFile, position: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length + 5)
  const came = await file.read(into, 5, length, position)
  return into.subarray(5, 5 + came)
}

async function prove(bytes: Buffer, positions: readonly Position[] = []): Promise<Whole> {
  const proof = new GzipProof(new Compressed(bytes), positions)
  for (;;) {
    const whole = await proof.step()
    if (whole !== null) return whole
  }
}

test('any range of the decompressed stream can be read, in any order, of any members', async () => {
  const bytes = content(400_000)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(bytes.length), { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(bytes.length + 10), fc.nat(150_000)), { minLength: 1, maxLength: 8 }),
      async (cuts, reads) => {
        const file = new GzipFile(new Compressed(members(bytes, cuts)), bytes.length)
        for (const [position, length] of reads)
          assert.ok((await readAt(file, position, length)).equals(bytes.subarray(position, position + length)))
        await file.close()
      },
    ),
    { numRuns: 50 },
  )
})

test('reading on, back within the last read, and the head start nothing over', async () => {
  const bytes = content(2_000_000)
  const packed = gzipSync(bytes)
  const inner = new Compressed(packed)
  const file = new GzipFile(inner, bytes.length)
  for (let at = 0; at < bytes.length; at += 250_000) {
    assert.ok((await readAt(file, at, 300_000)).equals(bytes.subarray(at, at + 300_000)))
    assert.ok((await readAt(file, 0, 1024)).equals(bytes.subarray(0, 1024)))
  }
  assert.equal(inner.given, packed.length)
})

test('on the way to a far offset it comes back often, and reading goes on from there', async () => {
  const line = Buffer.from('a line that compresses very well\n')
  const bytes = Buffer.alloc(100 * 1024 * 1024, line)
  const file = new GzipFile(new Compressed(gzipSync(bytes)), bytes.length)
  const far = bytes.length - 1000
  let calls = 1
  while (!(await file.seek(far))) calls++
  assert.ok(calls >= 5, `${calls} calls`)
  assert.ok((await readAt(file, far, 1000)).equals(bytes.subarray(far)))
})

test('a file that is rewritten meanwhile is read from its start again', async () => {
  const first = content(300_000)
  const second = content(300_000)
  const inner = new Compressed(gzipSync(first))
  const file = new GzipFile(inner, first.length)
  assert.ok((await readAt(file, 0, 100_000)).equals(first.subarray(0, 100_000)))
  inner.bytes = Buffer.concat([gzipSync(second), gzipSync('more')])
  assert.ok((await readAt(file, 100_000, 100_000)).equals(second.subarray(100_000, 200_000)))
  assert.ok((await readAt(file, 0, 1024)).equals(second.subarray(0, 1024)))
})

test('damage is an error, and closing closes the file', async () => {
  const packed = gzipSync(content(300_000))
  packed.fill(0, 100_000, 100_500)
  const inner = new Compressed(packed)
  const file = new GzipFile(inner, 300_000)
  await assert.rejects(readAt(file, 0, 300_000), { code: 'Z_DATA_ERROR' })
  await file.close()
  assert.ok(inner.closed)
})

test('a proof tells the size, the last bytes, and which positions lie in the stream', async () => {
  const bytes = content(200_000)
  const position = (offset: number, of = bytes, length = Math.min(256, offset)): Position => ({
    offset,
    carry: null,
    mark: digestOf(of.subarray(offset - length, offset)),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(bytes.length), { maxLength: 3 }),
      fc.array(fc.nat(bytes.length), { maxLength: 10 }),
      async (cuts, offsets) => {
        const right = offsets.map((offset) => position(offset))
        const wrong = [
          position(150_000, content(200_000)),
          { ...position(1000), offset: 1001 },
          { ...position(5), offset: 200_001 },
        ]
        const whole = await prove(members(bytes, cuts), [...wrong, ...right])
        assert.equal(whole.size, bytes.length)
        assert.deepEqual(whole.mark, position(bytes.length).mark)
        assert.deepEqual(new Set(whole.agrees), new Set(right))
      },
    ),
    { numRuns: 30 },
  )
})

test('a file that is cut at any byte, or of which any bit is turned, is not proven', async () => {
  const packed = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')])
  const border = gzipSync('one\n').length
  for (let at = 0; at < packed.length; at++) {
    if (at !== border) await assert.rejects(prove(packed.subarray(0, at)), `cut at ${at}`)
  }
  let proven = 0
  // Of a header's bytes, some mean nothing: time, system, level.
  for (let at = 10; at < border; at++) {
    const turned = Buffer.from(packed)
    turned[at] = (turned[at] ?? 0) ^ 4
    // Nor do those that fill up the last byte.
    const whole = await prove(turned).catch(() => null)
    assert.ok(whole === null || gunzipSync(turned).equals(Buffer.from('one\ntwo\n')), `turned at ${at}`)
    proven += whole === null ? 0 : 1
  }
  assert.ok(proven <= 1, `${proven} of them proven`)
})

test('a file of members that hold nothing is given up in the end', async () => {
  const empty = gzipSync('')
  const inner = new Compressed(Buffer.alloc(empty.length * Math.ceil((70 * 1024 * 1024) / empty.length), empty))
  const proof = new GzipProof(inner, [])
  await assert.rejects(proof.step(), /nothing comes out/)
})
