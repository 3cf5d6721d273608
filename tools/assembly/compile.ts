/** The modules in assembly/ as text that travels in any bundle: the same source always makes the same bytes. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const top = fileURLToPath(new URL('../..', import.meta.url))

export const target = join(top, 'src', 'support', 'assembly-bytes.ts')

interface Compiler {
  readonly main: (
    args: readonly string[],
    options: { readonly writeFile: (name: string, content: Uint8Array) => void },
  ) => Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>
}

// Not by its own types: they would change those of Array for all of our code.
const { default: asc } = (await import('assemblyscript/asc' as string)) as { default: Compiler }

/** With the pages of 64 KiB that each needs (assembly/memory.ts), and whether it works on vectors. */
const MODULES = {
  codec: ['--initialMemory', '2', '--disable', 'simd', '--enable', 'bulk-memory'],
  checksum: ['--initialMemory', '1', '--disable', 'simd'],
  text: ['--initialMemory', '5', '--enable', 'simd'],
}

/** The content of `target`. Rejects with the compiler's words. */
export async function text(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(MODULES).map(async ([name, flags]) => {
      const bytes = await compiled(name, flags)
      return `export const ${name} =\n  '${bytes.toString('base64')}'\n`
    }),
  )
  return `// Made by tools/assembly/main.ts from assembly/: not to be edited.\n\n${lines.join('\n')}`
}

async function compiled(name: string, own: readonly string[]): Promise<Buffer> {
  let bytes: Uint8Array | null = null
  const flags = ['--runtime', 'stub', '-O3', '--noAssert', '--memoryBase', '16', ...own]
  const { error, stderr } = await asc.main([`assembly/${name}.ts`, '--baseDir', top, ...flags, '-o', name], {
    writeFile: (_file, content) => {
      bytes = content
    },
  })
  if (error !== null || bytes === null) throw new Error(`${name}: ${stderr.toString()}`)
  return Buffer.from(bytes)
}
