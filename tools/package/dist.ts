/** `npm run build`: dist/main.js, the program as one file. To find and read 440 files costs a start 0.12 s of CPU (docs/decisions/0015-built-as-one-file.md). */

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle, top } from './bundle.ts'
import { licencesIn } from './licences.ts'

const dist = join(top, 'dist')

await rm(dist, { recursive: true, force: true })
const meta = await bundle(join(dist, 'main.js'))
await writeFile(join(dist, 'licences.txt'), await licencesIn(meta))
// The package is of ES modules, the bundle is none.
await writeFile(join(dist, 'package.json'), '{ "type": "commonjs" }\n')
