import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Health, type HealthEvent, kindOf } from '../../src/deliver/health.ts'

function failedWith(...reasons: readonly string[]): HealthEvent[] {
  const events: HealthEvent[] = []
  const health = new Health(
    (event) => events.push(event),
    () => 0,
  )
  for (const reason of reasons) health.failing('logs/0', kindOf(reason), reason)
  return events
}

test('a host whose clock is too far from the broker’s is told so', () => {
  const [event] = failedWith('INVALID_TIMESTAMP: The timestamp of the message is out of acceptable range.')
  assert.ok(event?.name === 'kafka_degraded')
  assert.match(event.hint ?? '', /clock/)
})

test('what a person would call one trouble is told once, another beside it too', () => {
  const away = ['ECONNREFUSED: no', 'NOT_LEADER_FOR_PARTITION: moved', 'the connection closed']
  assert.equal(failedWith(...away, ...away).length, 1)
  assert.equal(failedWith(...away, 'NOT_ENOUGH_REPLICAS: too few', ...away).length, 2)
})
