/** The committed offsets as the checkpoint on disk has them, read without any code of the agent's. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

interface Saved {
  readonly file?: { readonly birth: { readonly id: string }; readonly offset: number }
  readonly forgotten?: string
  readonly commit?: number
}

/** By file id. A line `CRC32 JSON` counts once a `{"commit":N}` follows; what is torn at the end does not. */
export function committedOffsets(stateDir: string): Map<string, number> {
  const committed = new Map<string, number>()
  let waiting: Saved[] = []
  for (const line of textOf(join(stateDir, 'checkpoint')).split('\n')) {
    const json = line.slice(9)
    if (line.length < 10 || crc32(json) !== Number.parseInt(line.slice(0, 8), 16)) break
    const saved = JSON.parse(json) as Saved
    waiting.push(saved)
    if (saved.commit === undefined) continue
    for (const { file, forgotten } of waiting) {
      if (file) committed.set(file.birth.id, file.offset)
      if (forgotten) committed.delete(forgotten)
    }
    waiting = []
  }
  return committed
}

/** Empty where there is none yet: killed before the first round. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
