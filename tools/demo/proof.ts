/** The proof: what the consumer read, held against the files on disk, never against the agent's words. */

import { createReadStream } from 'node:fs'
import { type Judge, openJudge, type TagReport } from '../oracle/judge.ts'
import type { TopicRecord } from '../oracle/read-topic.ts'
import type { Source } from './sources.ts'

export interface ProofRow extends TagReport {
  /** Every file of the source has a rebuilt twin with the same sha256. */
  readonly identical: boolean
}

export async function prove(
  records: AsyncIterable<Pick<TopicRecord, 'value' | 'headers'>>,
  sources: readonly Source[],
): Promise<ProofRow[]> {
  const judge = openJudge()
  try {
    for await (const record of records) judge.feed(record)
    const written: Record<string, number> = {}
    for (const { tag, paths } of sources) written[tag] = await lineCount(paths)
    const rows: ProofRow[] = []
    for (const report of await judge.report(written)) {
      const source = sources.find(({ tag }) => tag === report.tag)
      rows.push({ ...report, identical: await allIdentical(judge, source?.paths ?? []) })
    }
    return rows
  } finally {
    await judge.close()
  }
}

/** Duplicates and a changed order of first copies are what a kill may cause; a consumer's ranges remove them. */
export function isProven(rows: readonly ProofRow[]): boolean {
  return rows.every(({ lost, unexpected, exact, identical }) => lost === 0 && unexpected === 0 && exact && identical)
}

export function proofTable(rows: readonly ProofRow[]): string {
  const head = [
    'file',
    'written',
    'in Kafka',
    'lost',
    'duplicated',
    'out of order',
    'exact after de-dup',
    'sha256 equal',
  ]
  const body = rows.map((row) => [
    row.tag,
    ...[row.expected, row.seen + row.unexpected + row.duplicated, row.lost, row.duplicated, row.outOfOrder].map(String),
    row.exact ? 'yes' : 'NO',
    row.identical ? 'yes' : 'NO',
  ])
  const widths = head.map((title, column) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0), 1))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('\n')
}

async function allIdentical(judge: Judge, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await judge.identicalTo(path)) === null) return false
  return paths.length > 0
}

async function lineCount(paths: readonly string[]): Promise<number> {
  let count = 0
  for (const path of paths) {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = Buffer.from(piece)
      for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++
    }
  }
  return count
}
