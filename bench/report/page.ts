/** docs/benchmarks.md and its plots. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Results } from '../results.ts'
import { machine } from './machine.ts'
import { scalePlot, throughputPlot } from './plot.ts'
import { type Section, sections } from './sections.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))

export function writePage(results: Results): void {
  const plots = join(docs, 'benchmarks')
  mkdirSync(plots, { recursive: true })
  const { throughput, scale } = results
  if (throughput !== undefined) writeFileSync(join(plots, 'throughput.svg'), throughputPlot(throughput))
  if (scale !== undefined) writeFileSync(join(plots, 'scale.svg'), scalePlot(scale))
  writeFileSync(join(docs, 'benchmarks.md'), pageText(results, machine()))
}

export function pageText(results: Results, where: string): string {
  const head = `# Benchmarks

Written by \`npm run bench\`. ${measured(results.by ?? {})}

${where}. Compare the rows of a table, not tables of different days.`
  return `${[head, ...sections(results).map(sectionText)].join('\n\n')}\n`
}

/** Parts may have been measured one by one. */
function measured(by: Readonly<Record<string, string>>): string {
  const calls = [...new Set(Object.values(by))]
  if (calls.length === 1) return `Measured on ${calls[0]}.`
  const partsOf = (call: string): string =>
    Object.keys(by)
      .filter((part) => by[part] === call)
      .join(', ')
  return `Measured:\n\n${calls.map((call) => `- ${partsOf(call)}: on ${call}`).join('\n')}`
}

function sectionText({ title, text, plot }: Section): string {
  return `## ${title}\n\n${text}${plot === undefined ? '' : `\n\n![${title}](benchmarks/${plot}.svg)`}`
}
