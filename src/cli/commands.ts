// All commands, in the order in which a person meets them.

import type { Command } from './io.ts'
import { run } from './run.ts'

export const commands: readonly Command[] = [run]

export function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: pannier COMMAND [options]

Carries what an application appends to its files to a Kafka topic, and can prove that nothing fell out on the way.

${lines.join('\n')}

  pannier COMMAND --help says more of each; -V prints the version.
`
}
