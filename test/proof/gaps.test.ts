import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gapsOf } from '../../src/proof/gaps.ts'

const whole = { shipped: [], unshipped: null, dead: [], partial: false }
const none = { missing: [], unknown: [], unshipped: [], dead: [], elsewhere: [] }

test('a file of one range from its start lacks nothing', () => {
  assert.deepEqual(gapsOf([[0, 50]], whole), none)
  assert.deepEqual(gapsOf([[0, 50]], { ...whole, shipped: [[0, 50]], unshipped: 0 }), none)
})

test('a hole is unknown where there are no books', () => {
  assert.deepEqual(
    gapsOf(
      [
        [10, 20],
        [30, 40],
      ],
      whole,
    ),
    {
      ...none,
      unknown: [
        [0, 10],
        [20, 30],
      ],
    },
  )
})

test('what was booked as shipped is missing, also behind the last byte that came', () => {
  const books = { shipped: [[0, 60]] as [number, number][], unshipped: 100, dead: [], partial: false }
  assert.deepEqual(
    gapsOf(
      [
        [0, 20],
        [30, 40],
      ],
      books,
    ),
    {
      ...none,
      missing: [
        [20, 30],
        [40, 60],
      ],
    },
  )
})

test('holes of at most as many bytes as were never shipped are holes; one byte more, and they are missing', () => {
  const held: [number, number][] = [
    [10, 20],
    [30, 40],
  ]
  const holes: [number, number][] = [
    [0, 10],
    [20, 30],
  ]
  assert.deepEqual(gapsOf(held, { ...whole, unshipped: 20 }), { ...none, unshipped: holes })
  assert.deepEqual(gapsOf(held, { ...whole, unshipped: 19 }), { ...none, missing: holes })
})

test('of a single session, what it did not book is elsewhere', () => {
  const held: [number, number][] = [
    [10, 20],
    [30, 40],
  ]
  const books = { shipped: held, unshipped: 0, dead: [], partial: true }
  assert.deepEqual(gapsOf(held, books), {
    ...none,
    elsewhere: [
      [0, 10],
      [20, 30],
    ],
  })
  const unknown = { shipped: [], unshipped: null, dead: [], partial: true }
  assert.deepEqual(gapsOf(held, unknown), { ...none, elsewhere: [[0, 10]], unknown: [[20, 30]] })
})

test('what is kept as a dead letter is told apart from what was filtered', () => {
  const books = { ...whole, unshipped: 20, dead: [[10, 15]] as [number, number][] }
  const held = [
    [0, 10],
    [30, 40],
  ] as [number, number][]
  assert.deepEqual(gapsOf(held, books), { ...none, dead: [[10, 15]], unshipped: [[15, 30]] })
})
