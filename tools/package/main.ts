/** `npm run package`: out/pannier, one executable for this platform with the Node that runs this inside. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle, top } from './bundle.ts'
import { makeExecutable } from './executable.ts'

const script = join(top, 'out', 'pannier.cjs')
const executable = join(top, 'out', process.platform === 'win32' ? 'pannier.exe' : 'pannier')

await bundle(script)
await makeExecutable(script, executable)
const { size } = await stat(executable)
console.log(`${executable}: ${(size / 1_000_000).toFixed(1)} MB, with Node ${process.version}`)
