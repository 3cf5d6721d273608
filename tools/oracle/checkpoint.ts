/** The committed offsets as the checkpoint on disk has them, read without any code of the agent's. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

interface Saved {
  readonly file?: { readonly birth: { readonly id: string; readonly path: string }; readonly offset: number }
  readonly forgotten?: string
  readonly commit?: number
}

/** By file id. */
export function committedOffsets(stateDir: string): Map<string, number> {
  return new Map([...committedFiles(stateDir)].map(([id, { offset }]) => [id, offset]))
}

interface Committed {
  /** At the file's birth. */
  readonly path: string
  readonly offset: number
}

/** By file id. A line `CRC32 JSON` counts once a `{"commit":N}` follows; what is torn at the end does not. */
export function committedFiles(stateDir: string): Map<string, Committed> {
  const committed = new Map<string, Committed>()
  let waiting: Saved[] = []
  for (const line of checkpointIn(stateDir).split('\n')) {
    const json = line.slice(9)
    if (line.length < 10 || crc32(json) !== Number.parseInt(line.slice(0, 8), 16)) break
    const saved = JSON.parse(json) as Saved
    waiting.push(saved)
    if (saved.commit === undefined) continue
    for (const { file, forgotten } of waiting) {
      if (file) committed.set(file.birth.id, { path: file.birth.path, offset: file.offset })
      if (forgotten) committed.delete(forgotten)
    }
    waiting = []
  }
  return committed
}

/** Empty where there is none yet: killed before the first round. Between the two renames of a new generation the previous one counts. */
function checkpointIn(stateDir: string): string {
  return textOf(join(stateDir, 'checkpoint')) ?? textOf(join(stateDir, 'checkpoint.previous')) ?? ''
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
