/** `npx tsx tools/assembly/main.ts`: what travels as text, made from assembly/ by AssemblyScript, from zstd's package, and from the worker. */

import { writeFile } from 'node:fs/promises'
import { target, text } from './compile.ts'
import { workerTarget, workerText } from './worker.ts'
import { zstdTarget, zstdText } from './zstd.ts'

await writeFile(target, await text())
await writeFile(zstdTarget, await zstdText())
await writeFile(workerTarget, await workerText())
