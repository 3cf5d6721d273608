// A key's partition is the one that Kafka's own Java producer would give it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { murmur2, partitionOf } from '../../src/deliver/partition.ts'
import { kafkajsMurmur2 } from '../kafka/kafkajs.ts'

interface Vector {
  /** UTF-8, hex. */
  readonly key: string
  readonly murmur2: number
  /** For topics of these many partitions. */
  readonly partitions: number[]
}

const COUNTS = [1, 2, 3, 7, 12, 50, 1000]
const fixture = new URL('../fixtures/kafka/java-partitions.json', import.meta.url)
const vectors = JSON.parse(readFileSync(fixture, 'utf8')) as Vector[]

for (const vector of vectors) {
  const key = Buffer.from(vector.key, 'hex')
  test(`the key ${JSON.stringify(key.toString().slice(0, 40))} goes where BuiltInPartitioner of the Java client sends it`, () => {
    assert.equal(murmur2(key), vector.murmur2)
    assert.deepEqual(
      COUNTS.map((count) => partitionOf(key.toString(), count)),
      vector.partitions,
    )
  })
}

test('murmur2 is the one of kafkajs for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) =>
      assert.equal(murmur2(bytes), kafkajsMurmur2(Buffer.from(bytes))),
    ),
  )
})
