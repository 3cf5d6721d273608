// `pannier help [COMMAND | settings]`.

import { settingsHelp } from '../config/help.ts'
import { didYouMean } from '../config/nearest.ts'
import { PannierError } from '../support/errors.ts'
import type { Command } from './io.ts'

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: pannier COMMAND [options]

Carries what an application appends to its files to a Kafka topic, and can prove that nothing fell out on the way.

${lines.join('\n')}

  pannier COMMAND --help   says more of each
  pannier help settings    lists the settings of config.ini
  pannier -V               prints the version

Example: pannier init, then set inputpath, brokers and topic in config.ini, then: pannier check && pannier run
`
}

/** Throws USAGE for what there is no help on. */
export function helpOn(topic: string | undefined, commands: readonly Command[]): string {
  if (topic === undefined) return overview(commands)
  if (topic === 'settings') return settingsHelp()
  return findCommand(topic, commands, ['settings']).help
}

/** @param besides other words that may have been meant */
export function findCommand(name: string, commands: readonly Command[], besides: readonly string[] = []): Command {
  const command = commands.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  const { hint } = didYouMean(name, [...commands.map((candidate) => candidate.name), ...besides])
  throw new PannierError(`there is no command "${name}"${hint === undefined ? '' : ` (${hint})`}; see pannier --help`, {
    code: 'USAGE',
  })
}
