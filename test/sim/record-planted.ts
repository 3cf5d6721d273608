// Writes planted-found.json anew: for each planted bug the first seed that finds it, and the law that it breaks.

import { writeFileSync } from 'node:fs'
import { plant } from './plant.ts'
import { PLANTED } from './planted.ts'

const found: Record<string, unknown> = {}
for (const bug of PLANTED) {
  found[bug.name] = await plant(bug, 2_000)
  console.log(bug.name, JSON.stringify(found[bug.name]))
}
writeFileSync(new URL('planted-found.json', import.meta.url), `${JSON.stringify(found, null, 2)}\n`)
