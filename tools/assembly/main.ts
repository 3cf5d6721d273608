/** `npx tsx tools/assembly/main.ts`: src/support/assembly-bytes.ts, made from assembly/ by AssemblyScript. */

import { writeFile } from 'node:fs/promises'
import { target, text } from './compile.ts'

await writeFile(target, await text())
