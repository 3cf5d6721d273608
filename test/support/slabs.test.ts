import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Slab, SlabPool } from '../../src/support/slabs.ts'

const MB = 1024 * 1024
const MINUTE = 60_000

test('what is lent and what is kept for reuse never exceeds the limit', () => {
  const pool = new SlabPool(1000)
  const first = pool.acquire(600) as Slab
  assert.equal(pool.acquire(600), null)
  pool.release(first)
  assert.equal(pool.acquire(500), first)
  assert.equal(pool.used, 600)
})

test('a slab that nobody needed for a minute is given back', () => {
  const pool = new SlabPool(1000)
  const slab = pool.acquire(300) as Slab
  pool.release(slab)
  pool.age(MINUTE)
  assert.equal(pool.acquire(300), slab)
  pool.release(slab)
  pool.age(2 * MINUTE)
  assert.equal(pool.acquire(300), slab, 'it was used a minute ago')
  pool.release(slab)
  pool.age(3 * MINUTE + 1)
  assert.notEqual(pool.acquire(300), slab)
})

test('it is told once when all is given back, and only if that is much', () => {
  const pool = new SlabPool(16 * MB)
  const lent = Array.from({ length: 5 }, () => pool.acquire(MB) as Slab)
  const [last, ...others] = lent
  for (const slab of others) pool.release(slab)
  assert.equal(pool.age(MINUTE + 1), false, 'one is still lent')
  pool.release(last as Slab)
  assert.equal(pool.age(2 * MINUTE + 2), true)
  pool.release(pool.acquire(MB) as Slab)
  assert.equal(pool.age(9 * MINUTE), false, 'a line now and then')
})
