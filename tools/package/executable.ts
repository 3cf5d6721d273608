/** The bundle and the Node that runs this, made one file by `pkg` in SEA mode; nothing has to be installed to run it. */

import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { top } from './bundle.ts'

/** pkg's own function: its command line always downloads a Node, only this takes the one that is running. */
type Sea = (script: string, options: { targets: readonly Target[]; useLocalNode: true }) => Promise<void>

interface Target {
  readonly nodeRange: string
  readonly platform: string
  readonly arch: string
  /** Absolute: pkg works in a folder of its own. */
  readonly output: string
}

const run = promisify(execFile)
const { default: sea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as { default: Sea }

/** Rejects when what came out does not run. */
export async function makeExecutable(script: string, output: string): Promise<void> {
  const temporary = join(top, 'out', 'tmp')
  await mkdir(temporary, { recursive: true })
  await rm(output, { force: true })
  // pkg calls `npx postject` in a folder below TMPDIR: below this one, npx looks into our node_modules first.
  process.env['TMPDIR'] = temporary
  // Where it is not installed, npx fetches it, and would ask before it does.
  process.env['npm_config_yes'] = 'true'
  // And `node` by its name, which has to be the Node that goes into the executable.
  process.env['PATH'] = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`
  const { platform, arch, version } = process
  await sea(script, { targets: [{ nodeRange: `node${version.slice(1)}`, platform, arch, output }], useLocalNode: true })
  await rm(temporary, { recursive: true, force: true })
  await tryOut(output)
}

/** pkg ends well also when the script could not be put in: what is left then is a plain Node, which knows no `-V`. */
async function tryOut(output: string): Promise<void> {
  const { stdout } = await run(output, ['-V']).catch((error: Error) => ({ stdout: error.message }))
  if (/^\d+\.\d+\.\d+\n$/.test(stdout)) return
  throw new Error(`${output} -V says ${JSON.stringify(stdout)}; npx postject is what pkg needs for it`)
}
