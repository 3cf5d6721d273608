// Runs the simulator on a copy of the sources with one planted bug. Returns what it prints of the first seed that fails.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Planted } from './planted.ts'

export interface Found {
  readonly seed: number
  readonly law: string
}

/** Seeds in which a planted bug must be found. */
export const WITHIN = 2_000
const COPIED = ['src', 'test/sim', 'tools/oracle', 'package.json', 'tsconfig.json']
const FAILED = /^seed (\d+), step \d+: ([^:]+):/m

/** By bug, the first seed that found it when planted-found.json was made. */
export function foundSeeds(): Map<string, number> {
  const found = JSON.parse(readFileSync(new URL('planted-found.json', import.meta.url), 'utf8')) as Record<
    string,
    Found
  >
  return new Map(Object.entries(found).map(([name, { seed }]) => [name, seed]))
}

/** The first seed that finds the bug; null when none does. Rejects when the bug cannot be planted or nothing runs. */
export async function plant({ name, edits }: Planted): Promise<Found | null> {
  const root = mkdtempSync(join(tmpdir(), 'pannier-planted-'))
  try {
    for (const path of COPIED) cpSync(path, join(root, path), { recursive: true })
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'))
    for (const [file, from, to] of edits) edit(join(root, file), from, to, name)
    const output = await run(root)
    const found = FAILED.exec(output)
    if (found === null && !output.includes(`${WITHIN} seeds from 1, 0 failed`)) throw new Error(`${name}: ${output}`)
    return found === null ? null : { seed: Number(found[1]), law: found[2] as string }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function edit(path: string, from: string, to: string, name: string): void {
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`"${name}" cannot be planted: ${path} does not hold once: ${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

function run(cwd: string): Promise<string> {
  const args = ['--import', 'tsx', 'test/sim/main.ts', '--seeds', String(WITHIN)]
  return new Promise((resolve) =>
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  )
}
