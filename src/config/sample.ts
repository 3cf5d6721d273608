/** The commented config.ini that `pannier init` writes and that lies at the top of the tree. */
import type { Setting } from './setting.ts'
import { fieldSetting } from './settings/message-conf.ts'
import { sections } from './settings.ts'

const introduction = `# Pannier ships what is appended to files to Kafka. A setting behind a # stands at the default shown: remove the # to change it.
# Pannier 把文件中追加的内容传输到 Kafka。以 # 开头的设置项取所示的默认值，去掉 # 即可修改。
# A comment has a line of its own; everything right of = belongs to the value. A line that is indented goes on with the value above.
# 注释须独占一行；等号右边的全部内容都属于值。缩进的行是上一行值的延续。
# Values may hold \${VAR} or \${VAR:-default}; PANNIER_<SECTION>_<KEY> in the environment stands before the file.
# 值中可用 \${VAR} 或 \${VAR:-default}；环境变量 PANNIER_<SECTION>_<KEY> 优先于本文件。
`

const furtherInput = `# A further input: what it does not set it has from above.
# 另一个输入；未设置的项沿用上面的值。
#[input:web]
#inputpath = /srv/web/logs/*.log
#topic = web
`

export function sampleText(): string {
  return [introduction, ...Object.entries(sections).map(section), furtherInput].join('\n')
}

function section([name, table]: readonly [string, Readonly<Record<string, Setting<unknown>>>]): string {
  const settings = Object.entries(table).map(([key, setting]) => entry(key, setting))
  const fields = name === 'message_conf' ? [entry(fieldSetting.name, fieldSetting)] : []
  return `[${name}]\n${[...settings, ...fields].join('\n')}`
}

type Shown = Pick<Setting<unknown>, 'default' | 'help' | 'zh' | 'example'>

function entry(key: string, { default: usual, help, zh, example }: Shown): string {
  const pair = `${key} = ${example ?? usual}`.trimEnd()
  // No space after this #: were one left behind, the line would go on with the value above it.
  return `# ${help}\n# ${zh}\n${example === undefined ? '#' : ''}${pair}\n`
}
