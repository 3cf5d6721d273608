/**
 * What one round's checkpoint costs when one file of many moved: the journal's append beside writing the whole state anew.
 * `npx tsx bench/journal.ts [--files 10000] [--commits 200]`; the decision is docs/decisions/0003.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStateFolder } from '../src/state/folder.ts'
import { openJournal } from '../src/state/journal.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { files: { ...text, default: '10000' }, commits: { ...text, default: '200' } },
})
const files = Number(values.files)
const commits = Number(values.commits)

/** As large as a usual record of the checkpoint. */
const record = (number: number, offset: number) => ({
  file: { id: String(number).padStart(32, '0'), offset, rest: 'x'.repeat(620) },
})
const live = Array.from({ length: files }, (_, number) => record(number, 0))

async function median(times: number, work: (turn: number) => Promise<void>): Promise<string> {
  const took: number[] = []
  for (let turn = 0; turn < times; turn++) {
    const begun = performance.now()
    await work(turn)
    took.push(performance.now() - begun)
  }
  return `${(took.toSorted((a, b) => a - b)[times >> 1] ?? 0).toFixed(2)} ms`
}

const path = mkdtempSync(join(tmpdir(), 'pannier-bench-'))
try {
  const folder = await openStateFolder(path)
  const options = { name: 'checkpoint', format: 'bench', version: 1, snapshot: () => live }
  const { journal } = await openJournal(
    folder,
    options,
    () => {},
    () => {},
  )
  await journal.compact()
  const before = journal.size
  console.log(`${files} files known, one moved; median of ${commits}, fsync included, Node ${process.version}`)
  console.log(`journal append   ${await median(commits, (turn) => journal.commit([record(turn % files, turn)]))}`)
  console.log(`                 ${Math.round((journal.size - before) / commits)} bytes each`)
  const whole = (): Buffer => Buffer.from(JSON.stringify(live))
  console.log(`whole state anew ${await median(Math.ceil(commits / 10), () => folder.replace('whole', whole()))}`)
  console.log(`                 ${whole().length} bytes each`)
  await journal.close()
} finally {
  rmSync(path, { recursive: true, force: true })
}
