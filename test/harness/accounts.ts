// Law 1 and law 2, asked after every round: the accounts of each file add up, and none claims what the broker does not hold.

import assert from 'node:assert/strict'
import type { Totals } from '../../src/files/accounts.ts'
import type { TrackedFile } from '../../src/files/tracked-file.ts'
import type { TestAgent } from './agent.ts'
import type { HeldFile } from './held-bytes.ts'

export function assertAccounts(agent: TestAgent): void {
  const held = agent.consumer.files
  for (const file of agent.files) {
    const { totals, settled, size, lag } = file
    const label = `${file.path} (${file.life})`
    assert.equal(
      sum(totals) - file.cutOff,
      settled.offset,
      `${label}: the accounts do not add up to the settled offset`,
    )
    assert.equal(sum(totals) + lag, size + file.cutOff, `${label}: the accounts and the lag do not add up to the size`)
    assert.ok(settled.offset <= file.cursor.offset, `${label}: settled ${settled.offset} lies behind what was read`)
    if ((file.life === 'ended' || file.life === 'gone') && !file.inFlight)
      assert.equal(lag, 0, `${label}: bytes are pending that nobody will ever read`)
    assertHeld(file, held.get(file.id))
  }
}

const sum = ({ shipped, filtered, dead_lettered, abandoned }: Totals): number =>
  shipped + filtered + dead_lettered + abandoned

/** Bytes that are called shipped are with the broker. */
function assertHeld(file: TrackedFile, held: HeldFile | undefined): void {
  let below = 0
  for (const [start, end] of held?.ranges ?? []) below += Math.max(0, Math.min(end, file.settled.offset) - start)
  assert.ok(below >= file.totals.shipped, `${file.path}: ${file.totals.shipped} bytes are called shipped, ${below} are`)
}
