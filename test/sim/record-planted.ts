// Writes planted-found.json anew: for each planted bug the first seeds that find it, and the law that the first breaks. With names,
// or parts of them, only those are run again: `npm run record:planted -- hole`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Found, plant, WITHIN } from './plant.ts'
import { PLANTED } from './planted.ts'
import { REGRESSIONS } from './regressions.ts'

const file = new URL('planted-found.json', import.meta.url)
/** One seed moves with any change of the sources; what three find stays found. */
const TIMES = 3
const wanted = process.argv.slice(2)
const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Found>) : {}
const found: Record<string, Found | null> = {}
for (const bug of [...PLANTED, ...REGRESSIONS]) {
  const isWanted = wanted.length === 0 || wanted.some((part) => bug.name.includes(part))
  found[bug.name] = isWanted ? await plant(bug, TIMES) : (before[bug.name] ?? null)
  if (isWanted) console.log(`${bug.name}: ${JSON.stringify(found[bug.name])}`)
}
writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
for (const [name, one] of Object.entries(found))
  if ((one?.seeds.length ?? 0) < TIMES)
    console.log(`only ${one?.seeds.length ?? 0} of ${WITHIN} seeds find that ${name}`)
