// `npm run test:sim -- [--seeds 2000] [--from 1] [--seed N] [--verbose]`: runs seeds, and tells how to replay the first that fails.

import { parseArgs } from 'node:util'
import { type Outcome, simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    failures: { type: 'string', default: '1' },
  },
})

const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const enough = values['keep-going'] ? Number.POSITIVE_INFINITY : Number(values.failures)
const began = process.cpuUsage()
const sum = { steps: 0, calls: 0, shipped: 0, lives: 0, failed: 0, done: 0 }
for (let seed = first; seed < first + count; seed++) {
  const outcome = await simulate(seed, values.verbose)
  sum.done++
  sum.steps += outcome.steps
  sum.calls += outcome.calls
  sum.shipped += outcome.shipped
  sum.lives += outcome.lives
  if (outcome.failure === null) continue
  sum.failed++
  report(outcome)
  if (sum.failed >= enough) break
}
const { user, system } = process.cpuUsage(began)
const seconds = (user + system) / 1_000_000
console.log(
  `${sum.done} seeds from ${first}, ${sum.failed} failed; ${sum.steps} actions, ${sum.calls} calls, ${sum.lives} lives, ${sum.shipped} messages; ` +
    `${seconds.toFixed(1)} s of CPU, ${(sum.done / seconds).toFixed(0)} seeds/s`,
)
process.exitCode = sum.failed === 0 ? 0 : 1

function report({ seed, steps, failure, lastActions, hash }: Outcome): void {
  if (enough > 1) return console.log(`seed ${seed}, step ${steps}: ${failure?.law}: ${failure?.text}`)
  for (const line of lastActions) console.log(`  ${line}`)
  console.log(`seed ${seed}, step ${steps}: ${failure?.law}: ${failure?.text}`)
  console.log(`hash ${hash.toString(16)}; replay it with: npm run test:sim -- --seed ${seed} --verbose`)
}
