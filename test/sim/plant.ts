// Runs the simulator with one bug planted into the sources on their way through the bundler; no file is touched.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import type { Planted } from './planted.ts'

export interface Found {
  readonly seeds: readonly number[]
  /** That the first of them breaks. */
  readonly law: string
}

/** Seeds in which a planted bug must be found. */
export const WITHIN = 2_000
/** Below the repository, so that the bundle finds its packages. */
const BUNDLES = join(process.cwd(), '.cache')
const FAILED = /^seed (\d+), step \d+: ([^:]+):/gm
const SUMMARY = /^\d+ seeds from 1, \d+ failed/m

/** By bug, the first seed that found it when planted-found.json was made. */
export function foundSeeds(): Map<string, number> {
  const found = JSON.parse(readFileSync(new URL('planted-found.json', import.meta.url), 'utf8')) as Record<
    string,
    Found
  >
  return new Map(Object.entries(found).map(([name, { seeds }]) => [name, seeds[0] as number]))
}

/** The first seeds that find the bug, so many at most; null when none does. Rejects when the bug cannot be planted or nothing runs. */
export async function plant({ name, edits }: Planted, times: number): Promise<Found | null> {
  mkdirSync(BUNDLES, { recursive: true })
  const root = mkdtempSync(join(BUNDLES, 'planted-'))
  try {
    const outfile = join(root, 'sim.mjs')
    await bundle(outfile, edited(name, edits))
    const output = await run(outfile, times)
    if (!SUMMARY.test(output)) throw new Error(`${name}: ${output}`)
    const found = [...output.matchAll(FAILED)]
    const law = found[0]?.[2]
    return law === undefined ? null : { seeds: found.map(([, seed]) => Number(seed)), law }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** By path, the text of the sources that the bug is planted in. */
function edited(name: string, edits: Planted['edits']): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [path, from, to] of edits) {
    const text = texts.get(path) ?? readFileSync(path, 'utf8')
    if (text.split(from).length !== 2)
      throw new Error(`"${name}" cannot be planted: ${path} does not hold once: ${from}`)
    texts.set(
      path,
      text.replace(from, () => to),
    )
  }
  return texts
}

async function bundle(outfile: string, texts: ReadonlyMap<string, string>): Promise<void> {
  const planted = new Set<string>()
  await build({
    entryPoints: ['test/sim/main.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'planted',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const place = relative(process.cwd(), path)
            const contents = texts.get(place)
            planted.add(place)
            return contents === undefined ? undefined : { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  for (const path of texts.keys()) if (!planted.has(path)) throw new Error(`${path} is no part of the simulation`)
}

function run(bundled: string, times: number): Promise<string> {
  const args = [bundled, '--seeds', String(WITHIN), '--failures', String(times)]
  return new Promise((resolve) =>
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  )
}
