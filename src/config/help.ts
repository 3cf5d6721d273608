/** The settings as `--help` lists them: one line each, by section. */

import { fieldSetting } from './settings/message-conf.ts'
import { sections } from './settings.ts'

export function settingsHelp(): string {
  const listed = Object.entries(sections).map(([name, table]) => {
    const own = Object.entries(table).map(([key, { default: usual, help }]) => line(key, usual, help))
    const fields = name === 'message_conf' ? [line(fieldSetting.name, fieldSetting.default, fieldSetting.help)] : []
    return [`[${name}]`, ...own, ...fields].join('\n')
  })
  return `${listed.join('\n\n')}\n\n[input:NAME]\n  a further input with settings of its own; the rest it has from above\n`
}

function line(key: string, usual: string, help: string): string {
  return `  ${`${key} = ${usual}`.trimEnd().padEnd(34)}  ${help}`
}
