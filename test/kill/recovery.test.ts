import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longestRecovery } from './recovery.ts'

test('a restart counts to its first ack, and a process that was killed before it had any does not', () => {
  const lives = [
    { from: 0, to: 900 },
    { from: 1000, to: 1200 },
    { from: 1300, to: 3000 },
  ]
  assert.equal(longestRecovery(lives, [], [100, 800, 1800, 1900]), 500)
})

test('a fault counts from its end to the next ack, whatever was killed between, and not against the restart', () => {
  const lives = [
    { from: 0, to: 5000 },
    { from: 5100, to: 9000 },
  ]
  assert.equal(longestRecovery(lives, [{ from: 1000, to: 5200 }], [10, 5900]), 700)
})
