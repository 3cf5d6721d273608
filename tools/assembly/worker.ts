/** src/kafka/codecs/worker.ts as one text: a worker in a file of its own does not travel in a bundle. */

import { join } from 'node:path'
import { build } from 'esbuild'
import { top } from './compile.ts'

export const workerTarget = join(top, 'src', 'kafka', 'codecs', 'worker-text.ts')

export async function workerText(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: top,
    entryPoints: ['src/kafka/codecs/worker.ts'],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minifyWhitespace: true,
    supported: { 'template-literal': false },
    logLevel: 'warning',
  })
  const text = outputFiles[0]?.text.trim() ?? ''
  if (/`|\$\{/.test(text)) throw new Error('the text of the worker needs escaping')
  return `// Made by tools/assembly/main.ts of worker.ts: not to be edited.\n\nexport const WORKER = String.raw\`${text}\`\n`
}
