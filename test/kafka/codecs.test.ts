// The codecs by themselves: what is compressed comes back, what others wrote is read, what is damaged is refused, and the
// thread that compresses leaves alone what it cannot make smaller.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { CODES, type CodecName } from '../../src/kafka/codecs/codec.ts'
import { codecOf } from '../../src/kafka/codecs/modules.ts'
import { createPacker } from '../../src/kafka/codecs/packer.ts'
import { BATCH_HEAD, newBatch } from '../../src/message/batch.ts'
import { SlabPool } from '../../src/support/slabs.ts'
import { lines } from '../../tools/oracle/lines.ts'

const names = (Object.keys(CODES) as CodecName[]).filter((name) => name !== 'none')

/** Runs, texts and noise, some of them longer than the blocks of the formats. */
const part = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, length]) => Buffer.alloc(length, byte)),
  fc.tuple(fc.nat(100), fc.nat(2_000)).map(([from, count]) => lines('codec', from, count, { prose: true })),
  fc.nat(5_000).map((length) => randomBytes(length)),
)
const content = fc.array(part, { maxLength: 5 }).map((parts) => Buffer.concat(parts))

for (const name of names) {
  const codec = codecOf(name)

  test(`${name}: what was compressed comes back to the byte`, () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const packed = Buffer.from(codec.compress(bytes))
        assert.ok(bytes.equals(codec.decompress(packed)))
      }),
      { numRuns: 20 },
    )
  })

  test(`${name}: damaged bytes are refused or come back as others, and the codec goes on`, () => {
    const bytes = lines('codec', 0, 500, { prose: true })
    const packed = Buffer.from(codec.compress(bytes))
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(7), fc.boolean(), (at, bit, cuts) => {
        const harmed = Buffer.from(cuts ? packed.subarray(0, at) : packed)
        if (!cuts) harmed[at] = (harmed[at] as number) ^ (1 << bit)
        try {
          codec.decompress(harmed)
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof RangeError), String(error))
        }
      }),
      { numRuns: 100 },
    )
    assert.ok(bytes.equals(codec.decompress(packed)))
  })

  test(`${name}: a batch is compressed in place, one that would grow stays as it is`, async (t) => {
    const packer = createPacker(name)
    assert.ok(packer !== null)
    t.after(() => packer.close())
    const pool = new SlabPool(4_000_000, packer.shares)
    const contents = [lines('codec', 0, 3_000, { prose: true }), randomBytes(300_000)]
    const batches = contents.map((bytes) => {
      const slab = pool.acquire(bytes.length + BATCH_HEAD + 100)
      assert.ok(slab !== null)
      const batch = newBatch({ topic: 'logs', partition: 0, slab, limit: slab.bytes.length, timestamp: 0 })
      batch.end += bytes.copy(slab.bytes, BATCH_HEAD)
      return batch
    })
    await Promise.all(batches.map((batch) => packer.pack(batch)))
    assert.deepEqual(
      batches.map((batch) => batch.codec),
      [CODES[name], 0],
    )
    for (const [index, { slab, end, codec: code, encoded }] of batches.entries()) {
      const bytes = contents[index] as Buffer
      const sent = slab.bytes.subarray(BATCH_HEAD, end)
      assert.ok(bytes.equals(code === 0 ? sent : codec.decompress(sent)))
      if (code !== 0) assert.equal(encoded, BATCH_HEAD + bytes.length)
    }
  })
}

test('a packer whose thread has ended leaves batches as they are', async () => {
  const told: string[] = []
  const packer = createPacker('lz4', (reason) => told.push(reason))
  assert.ok(packer !== null)
  await packer.close()
  const bytes = new SlabPool(100_000, true).acquire(50_000)
  assert.ok(bytes !== null)
  const batch = newBatch({ topic: 'logs', partition: 0, slab: bytes, limit: 50_000, timestamp: 0 })
  batch.end = 40_000
  await packer.pack(batch)
  assert.deepEqual([batch.codec, batch.end], [0, 40_000])
  assert.deepEqual(told, [])
})

test('a thread that fails is told once, and batches are sent as they are', async (t) => {
  const told: string[] = []
  const packer = createPacker('snappy', (reason) => told.push(reason))
  assert.ok(packer !== null)
  t.after(() => packer.close())
  const slab = { bytes: Buffer.alloc(50_000, 'a') }
  const batches = [1, 2].map(() => {
    const batch = newBatch({ topic: 'logs', partition: 0, slab, limit: 50_000, timestamp: 0 })
    // Beyond the slab: the thread throws.
    batch.end = 60_000
    return batch
  })
  await Promise.all(batches.map((batch) => packer.pack(batch)))
  assert.deepEqual(
    batches.map(({ codec }) => codec),
    [0, 0],
  )
  assert.equal(told.length, 1)
})

const TEXT = Buffer.from('abcd'.repeat(32))

test('snappy without frames, as librdkafka writes it, is read', () => {
  const packed = Buffer.from([0x80, 0x01, 0x0c, 0x61, 0x62, 0x63, 0x64, 0xfe, 0x04, 0x00, 0xee, 0x04, 0x00])
  assert.ok(TEXT.equals(codecOf('snappy').decompress(packed)))
})

test('lz4 with checksums, a length in its head, and blocks that reach back into those before them is read', () => {
  const head = [0x04, 0x22, 0x4d, 0x18, 0x5c, 0x40, 128, 0, 0, 0, 0, 0, 0, 0, 0x00]
  // Literals, what repeats them, literals; then what repeats the end of the block before, and literals.
  const first = [0x4f, ...ascii('abcd'), 4, 0, 50 - 19, 0x50, ...ascii('cdabc')]
  const second = [0x0f, 4, 0, 64 - 19, 0x50, ...ascii('dabcd')]
  const block = (bytes: number[]): number[] => [bytes.length, 0, 0, 0, ...bytes, 1, 2, 3, 4]
  const frame = Buffer.from([...head, ...block(first), ...block(second), 0, 0, 0, 0, 9, 9, 9, 9])
  assert.equal(Buffer.from(codecOf('lz4').decompress(frame)).toString(), TEXT.toString())
})

const ascii = (text: string): Buffer => Buffer.from(text)
