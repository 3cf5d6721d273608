import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Slab, SlabPool } from '../../src/support/slabs.ts'

const KEPT_ROUNDS = 20

const rounds = (pool: SlabPool, count: number): boolean[] => Array.from({ length: count }, () => pool.age())

test('what is lent and what is kept for reuse never exceeds the limit', () => {
  const pool = new SlabPool(1000)
  const first = pool.acquire(600) as Slab
  assert.equal(pool.acquire(600), null)
  pool.release(first)
  assert.equal(pool.acquire(500), first)
  assert.equal(pool.used, 600)
})

test('a slab that nobody needed for twenty rounds is given back', () => {
  const pool = new SlabPool(1000)
  const [one, other] = [pool.acquire(300) as Slab, pool.acquire(300) as Slab]
  pool.release(one)
  assert.equal(rounds(pool, KEPT_ROUNDS + 1).includes(true), false, 'one is still lent')
  assert.notEqual(pool.acquire(300), one)
  pool.release(other)
})

test('the last one that is given back is told', () => {
  const pool = new SlabPool(1000)
  pool.release(pool.acquire(300) as Slab)
  const none = Array.from({ length: KEPT_ROUNDS }, () => false)
  assert.deepEqual(rounds(pool, KEPT_ROUNDS + 2), [...none, true, false])
})

test('a slab that is used every round is kept', () => {
  const pool = new SlabPool(1000)
  const slab = pool.acquire(300) as Slab
  pool.release(slab)
  for (let round = 0; round < 3 * KEPT_ROUNDS; round++) {
    assert.equal(pool.acquire(300), slab)
    pool.release(slab)
    assert.equal(pool.age(), false)
  }
})
