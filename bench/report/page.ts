/** docs/benchmarks.md and its plots. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Results } from '../results.ts'
import { machine } from './machine.ts'
import { scalePlot, throughputPlot } from './plot.ts'
import { type Section, sections } from './sections.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))

export function writePage(results: Results, command: string): void {
  const plots = join(docs, 'benchmarks')
  mkdirSync(plots, { recursive: true })
  const { throughput, scale } = results
  if (throughput !== undefined) writeFileSync(join(plots, 'throughput.svg'), throughputPlot(throughput))
  if (scale !== undefined) writeFileSync(join(plots, 'scale.svg'), scalePlot(scale))
  writeFileSync(join(docs, 'benchmarks.md'), pageText(results, command, machine()))
}

export function pageText(results: Results, command: string, where: string): string {
  const day = new Date().toISOString().slice(0, 10)
  const head = `# Benchmarks

Written by \`npm run bench\`; this one on ${day} by \`${command}\`.

${where}. Compare the rows of a table, not tables of different days.`
  return `${[head, ...sections(results).map(sectionText)].join('\n\n')}\n`
}

function sectionText({ title, text, plot }: Section): string {
  return `## ${title}\n\n${text}${plot === undefined ? '' : `\n\n![${title}](benchmarks/${plot}.svg)`}`
}
