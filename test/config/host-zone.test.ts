import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { timeZone } from '../../src/config/calendar-type.ts'

const before = process.env['TZ']
after(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

/** Node takes a new TZ at once: https://nodejs.org/api/cli.html#tz */
function zoneOn(host: string): unknown {
  process.env['TZ'] = host
  return timeZone.parse('')
}

test('an empty time zone is the host', () => {
  for (const zone of ['Europe/London', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Shanghai', 'Antarctica/Troll'])
    assert.deepEqual(zoneOn(zone), { value: zone })
})

test('a host whose clock is that of UTC all year is in UTC', () => {
  for (const zone of ['UTC', 'Etc/UTC', 'Africa/Abidjan', 'no such zone'])
    assert.deepEqual(zoneOn(zone), { value: 'UTC' })
})
