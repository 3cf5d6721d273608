// The arguments of a command. What cannot be understood is told in one line, with the option that was probably meant.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from '../config/nearest.ts'
import { PannierError } from '../support/errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values']

export const configOption = { config: { type: 'string', short: 'c' } } as const

/** Throws USAGE. */
export function readArguments<T extends Options>(command: string, args: readonly string[], options: T): Values<T> {
  refuseStrangers(command, args, options)
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    const [first] = (error as Error).message.split('. ')
    throw usage(command, first ?? '')
  }
}

function refuseStrangers(command: string, args: readonly string[], options: Options): void {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') throw usage(command, `unexpected argument "${token.value}"`)
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    const { hint } = didYouMean(
      token.rawName,
      [...Object.keys(options), 'help'].map((name) => `--${name}`),
    )
    throw usage(command, `unknown option ${token.rawName}${hint === undefined ? '' : ` (${hint})`}`)
  }
}

function usage(command: string, what: string): PannierError {
  return new PannierError(`${command}: ${what}; see pannier ${command} --help`, { code: 'USAGE' })
}
