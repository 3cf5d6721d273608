/** The licences of what a bundle holds of others: most of them ask to be told wherever the code goes. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { top } from './bundle.ts'

/** Carried as text, so that no bundle knows of it; its package leaves out the licence of what it has compiled. */
const ZSTD = 'node_modules/@bokuweb/zstd-wasm'

/** One text: each package with the licence it brings. */
export async function licencesIn(meta: Metafile): Promise<string> {
  const folders = Object.keys(meta.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [])
  const carried = [...new Set([...folders, ZSTD])].toSorted()
  const texts = await Promise.all(carried.map((folder) => licenceOf(join(top, folder))))
  const zstd = await readFile(new URL('zstd-licence.txt', import.meta.url), 'utf8')
  return [...texts, zstd].join('\n')
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
  }
  const file = (await readdir(folder)).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry))
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
  return `${name} ${version}: ${license ?? 'see below'}\n\n${text.trim()}\n\n${'-'.repeat(80)}\n`
}
