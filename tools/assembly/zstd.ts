/** zstd as the package @bokuweb/zstd-wasm has it, as text that travels in any bundle, and what its functions are called there. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { top } from './compile.ts'

export const zstdTarget = join(top, 'src', 'kafka', 'codecs', 'zstd-bytes.ts')

const folder = dirname(createRequire(import.meta.url).resolve('@bokuweb/zstd-wasm'))

export const zstdModule = (): Promise<Buffer> => readFile(join(folder, 'zstd.wasm'))

/** What our name stands for in the package's own loader. */
const FUNCTIONS = {
  malloc: '_malloc',
  free: '_free',
  bound: '_ZSTD_compressBound',
  isError: '_ZSTD_isError',
  compress: '_ZSTD_compress',
  decompress: '_ZSTD_decompress',
}

/** The short names that Emscripten has given: they change from build to build. */
export async function zstdNames(): Promise<Record<string, string>> {
  const loader = await readFile(join(folder, 'zstd.js'), 'utf8')
  const find = (what: string, pattern: RegExp): string => {
    const name = pattern.exec(loader)?.[1]
    if (name === undefined) throw new Error(`no ${what} in the loader of @bokuweb/zstd-wasm`)
    return name
  }
  const functions = Object.entries(FUNCTIONS).map(([ours, theirs]) => [
    ours,
    find(theirs, new RegExp(`var ${theirs} = .*wasmExports\\['(\\w+)'\\]`)),
  ])
  return {
    memory: find('memory', /wasmMemory = wasmExports\['(\w+)'\]/),
    start: find('start', /addOnInit\(wasmExports\['(\w+)'\]\)/),
    grow: find('_emscripten_resize_heap', /(\w+): _emscripten_resize_heap/),
    ...Object.fromEntries(functions),
  }
}

export async function zstdText(): Promise<string> {
  const bytes = await zstdModule()
  // A small window, since decompressing takes as much memory.
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 18 }
  const names = Object.entries(await zstdNames()).map(([ours, theirs]) => `  ${ours}: '${theirs}',\n`)
  return `// Made by tools/assembly/main.ts of @bokuweb/zstd-wasm (MIT): not to be edited.

/** Compressed by brotli. */
export const BYTES =
  '${brotliCompressSync(bytes, { params }).toString('base64')}'

export const NAMES = {
${names.join('')}} as const
`
}

export const unpacked = (text: string): Buffer => brotliDecompressSync(Buffer.from(text, 'base64'))
