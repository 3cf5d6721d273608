// Writes planted-found.json anew: for each planted bug the first seed that finds it, and the law that it breaks.

import { writeFileSync } from 'node:fs'
import { plant, WITHIN } from './plant.ts'
import { PLANTED } from './planted.ts'
import { REGRESSIONS } from './regressions.ts'

const found: Record<string, unknown> = {}
for (const bug of [...PLANTED, ...REGRESSIONS]) {
  found[bug.name] = await plant(bug)
  console.log(`${bug.name}: ${JSON.stringify(found[bug.name])}`)
}
writeFileSync(new URL('planted-found.json', import.meta.url), `${JSON.stringify(found, null, 2)}\n`)
console.log(`each was given ${WITHIN} seeds`)
