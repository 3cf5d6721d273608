import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { localDate, nextRollover, rolloverDue, sessionId } from '../../src/state/calendar.ts'
import { PannierError } from '../../src/support/errors.ts'

const MIDNIGHT = '0 0 * * *'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const ms = (iso: string): number => Date.parse(iso)
const none = (): boolean => false

/** All rollovers of a walk in small steps, as an agent that runs all the time makes them. */
function rollovers(expression: string, timezone: string, from: string, to: string, step = 600_000): string[] {
  const made: string[] = []
  let session = { opened: ms(from), due: nextRollover(expression, timezone, ms(from)) }
  for (let now = ms(from); now <= ms(to); now += step) {
    const { roll, due } = rolloverDue(session, now, expression, timezone)
    if (roll) made.push(new Date(now).toISOString().replace(':00.000Z', 'Z'))
    session = { opened: roll ? now : session.opened, due }
  }
  return made
}

test('midnight is that of the time zone, not of the host', () => {
  assert.equal(nextRollover(MIDNIGHT, 'Asia/Shanghai', ms('2026-11-20T12:00Z')), ms('2026-11-20T16:00Z'))
  assert.equal(nextRollover(MIDNIGHT, 'UTC', ms('2026-11-20T12:00Z')), ms('2026-11-21T00:00Z'))
})

test('the rollover after a rollover is the next one, not itself', () => {
  const midnight = ms('2026-11-21T00:00Z')
  assert.equal(nextRollover(MIDNIGHT, 'UTC', midnight), midnight + DAY)
})

test('without a time zone the host has its own', () => {
  const host = Intl.DateTimeFormat().resolvedOptions().timeZone
  assert.equal(
    nextRollover(MIDNIGHT, '', ms('2026-06-01T12:00Z')),
    nextRollover(MIDNIGHT, host, ms('2026-06-01T12:00Z')),
  )
  assert.equal(sessionId(ms('2026-06-01T12:00Z'), '', none), sessionId(ms('2026-06-01T12:00Z'), host, none))
})

test('an expression that is wrong, or that never comes, is refused by name', () => {
  for (const expression of ['every day', '61 * * * *', '0 0 30 2 *', '']) {
    const named = (error: unknown): boolean =>
      error instanceof PannierError && error.code === 'ROLLOVER' && error.message.startsWith(`rollover = ${expression}`)
    assert.throws(() => nextRollover(expression, 'UTC', 0), named)
  }
})

test('a session is called after the local date of its opening', () => {
  const at = ms('2026-11-20T16:30Z')
  assert.equal(sessionId(at, 'Asia/Shanghai', none), '2026-11-21')
  assert.equal(sessionId(at, 'UTC', none), '2026-11-20')
  assert.equal(sessionId(ms('2026-01-02T03:00Z'), 'America/New_York', none), '2026-01-01')
})

test('further sessions of one date are numbered from 2', () => {
  const taken = new Set<string>()
  for (const expected of ['2026-11-20', '2026-11-20.2', '2026-11-20.3']) {
    const id = sessionId(ms('2026-11-20T12:00Z'), 'UTC', (name) => taken.has(name))
    assert.equal(id, expected)
    taken.add(id)
  }
})

test('before it is due nothing rolls, at that very moment it does', () => {
  const session = { opened: ms('2026-11-20T00:00Z'), due: ms('2026-11-21T00:00Z') }
  assert.deepEqual(rolloverDue(session, session.due - 1, MIDNIGHT, 'UTC'), { roll: false, due: session.due })
  assert.deepEqual(rolloverDue(session, session.due, MIDNIGHT, 'UTC'), { roll: true, due: session.due + DAY })
})

test('a machine that slept through midnight rolls once when it wakes', () => {
  const session = { opened: ms('2026-11-20T08:00Z'), due: ms('2026-11-21T00:00Z') }
  assert.deepEqual(rolloverDue(session, ms('2026-11-21T07:12Z'), MIDNIGHT, 'UTC'), {
    roll: true,
    due: ms('2026-11-22T00:00Z'),
  })
})

test('five missed rollovers are one', () => {
  const session = { opened: ms('2026-11-20T08:00Z'), due: ms('2026-11-21T00:00Z') }
  const woken = ms('2026-11-25T09:00Z')
  const first = rolloverDue(session, woken, MIDNIGHT, 'UTC')
  assert.deepEqual(first, { roll: true, due: ms('2026-11-26T00:00Z') })
  assert.equal(rolloverDue({ opened: woken, due: first.due }, woken + 1000, MIDNIGHT, 'UTC').roll, false)
})

test('a clock that is set back a little behind midnight does not roll again', () => {
  const midnight = ms('2026-11-21T00:00Z')
  const session = { opened: midnight + 200, due: midnight + DAY }
  for (const now of [midnight - 5000, midnight - 1, midnight, midnight + 300, midnight - 59 * 60_000]) {
    assert.deepEqual(rolloverDue(session, now, MIDNIGHT, 'UTC'), { roll: false, due: session.due })
  }
})

test('a clock that was far ahead when the session was opened is due anew, without a rollover, once it is right', () => {
  const session = { opened: ms('2038-01-19T03:14Z'), due: ms('2038-01-20T00:00Z') }
  const now = ms('2026-11-20T10:00Z')
  const corrected = rolloverDue(session, now, MIDNIGHT, 'UTC')
  assert.deepEqual(corrected, { roll: false, due: ms('2026-11-21T00:00Z') })
  const later = { opened: session.opened, due: corrected.due }
  assert.deepEqual(rolloverDue(later, corrected.due - 1000, MIDNIGHT, 'UTC'), { roll: false, due: corrected.due })
  assert.equal(rolloverDue(later, corrected.due, MIDNIGHT, 'UTC').roll, true)
})

test('a clock that jumps far ahead and comes back rolls once, and at the next real midnight again', () => {
  const opened = ms('2026-11-20T00:00Z')
  const ahead = rolloverDue({ opened, due: opened + DAY }, ms('2030-01-01T12:00Z'), MIDNIGHT, 'UTC')
  assert.equal(ahead.roll, true)
  const back = rolloverDue(
    { opened: ms('2030-01-01T12:00Z'), due: ahead.due },
    ms('2026-11-20T12:00Z'),
    MIDNIGHT,
    'UTC',
  )
  assert.deepEqual(back, { roll: false, due: opened + DAY })
})

const CHANGES = [
  { zone: 'Europe/Berlin', change: 'a time that does not exist', from: '2026-03-27T12:00Z', to: '2026-03-31T12:00Z' },
  { zone: 'Europe/Berlin', change: 'a time that comes twice', from: '2026-10-23T12:00Z', to: '2026-10-27T12:00Z' },
  {
    zone: 'America/New_York',
    change: 'a time that does not exist',
    from: '2026-03-06T18:00Z',
    to: '2026-03-10T18:00Z',
  },
  {
    zone: 'America/New_York',
    change: 'the repeated hour',
    from: '2026-10-30T18:00Z',
    to: '2026-11-03T18:00Z',
    expression: '30 1 * * *',
  },
  {
    zone: 'America/Havana',
    change: 'a midnight that does not exist',
    from: '2026-03-06T18:00Z',
    to: '2026-03-10T18:00Z',
    expression: MIDNIGHT,
  },
  {
    zone: 'America/Havana',
    change: 'a midnight that comes twice',
    from: '2026-10-30T18:00Z',
    to: '2026-11-03T18:00Z',
    expression: MIDNIGHT,
  },
] as const

for (const { zone, change, from, to, ...rest } of CHANGES) {
  const expression = 'expression' in rest ? rest.expression : '30 2 * * *'
  test(`${change} is one rollover per local day in ${zone} (${expression}, ${from.slice(0, 7)})`, () => {
    const made = rollovers(expression, zone, from, to)
    const days = made.map((at) => sessionId(ms(at), zone, none))
    assert.equal(made.length, 4, made.join(' '))
    assert.equal(new Set(days).size, 4, made.join(' '))
  })
}

test('a rollover time that a DST change skips comes right after the gap', () => {
  assert.deepEqual(rollovers('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-29T12:00Z'), [
    '2026-03-29T01:00Z',
  ])
})

test('in a repeated hour a clock that is set back does not roll twice', () => {
  const first = ms('2026-10-25T00:30Z')
  const session = { opened: first, due: nextRollover('30 2 * * *', 'Europe/Berlin', first) }
  assert.equal(session.due, ms('2026-10-26T01:30Z'))
  assert.equal(rolloverDue(session, first - 20 * 60_000, '30 2 * * *', 'Europe/Berlin').roll, false)
})

test('a list of hours rolls at each of them once, also where one of them is skipped or repeated', () => {
  assert.equal(rollovers('30 2,14 * * *', 'Europe/Berlin', '2026-03-28T22:00Z', '2026-03-29T21:00Z').length, 2)
  assert.equal(rollovers('30 2,14 * * *', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T21:00Z').length, 2)
})

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'America/Havana',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
]
const HOST_INDEPENDENT_START = ms('2026-01-01T12:00Z')

test('walking through a year in random steps rolls exactly where a local midnight was crossed, and is never due in the past', () => {
  const walk = fc.array(fc.integer({ min: 1, max: 3 * DAY }), { minLength: 1, maxLength: 120 })
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), walk, (zone, steps) => {
      let now = HOST_INDEPENDENT_START
      let session = { opened: now, due: nextRollover(MIDNIGHT, zone, now) }
      for (const step of steps) {
        const before = sessionId(now, zone, none)
        now += step
        const { roll, due } = rolloverDue(session, now, MIDNIGHT, zone)
        assert.equal(roll, sessionId(now, zone, none) !== before, `${zone} ${new Date(now).toISOString()}`)
        assert.ok(due > now)
        session = { opened: roll ? now : session.opened, due }
      }
    }),
    { numRuns: 100 },
  )
})

test('whatever a clock does, a rollover leaves a due time ahead and at most a little more than a day away', () => {
  const walk = fc.array(fc.integer({ min: -40 * DAY, max: 40 * DAY }), { maxLength: 60 })
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), walk, (zone, steps) => {
      let now = HOST_INDEPENDENT_START
      let session = { opened: now, due: nextRollover(MIDNIGHT, zone, now) }
      for (const step of steps) {
        now += step
        const { roll, due } = rolloverDue(session, now, MIDNIGHT, zone)
        assert.ok(due > now && due - now <= 26 * HOUR + HOUR, `${zone} ${new Date(now).toISOString()}`)
        session = { opened: roll ? now : session.opened, due }
      }
    }),
    { numRuns: 50 },
  )
})

test('UTC, which is reckoned without Intl, is what Intl says of it', () => {
  const expressions = ['0 0 * * *', '30 2 * * 0', '*/7 * * * *', '59 23 28-31 * *', '0 0 29 2 *']
  for (let day = 0; day < 800; day += 1) {
    const at = Date.UTC(2026, 0, 1) + day * 86_400_000 + (day % 48) * 1_800_000 - 1
    const expression = expressions[day % expressions.length] as string
    assert.equal(nextRollover(expression, 'UTC', at), nextRollover(expression, 'Etc/GMT', at))
    assert.equal(localDate(at, 'UTC'), localDate(at, 'Etc/GMT'))
  }
})
