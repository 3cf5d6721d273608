// `pannier restore`: rebuilds the files, byte for byte, from the topic.

import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { deadSource } from '../dead/source.ts'
import { openReader } from '../kafka/reader.ts'
import { type Accounts, readAccounts } from '../proof/accounts.ts'
import { mustBeEmpty } from '../proof/output-folder.ts'
import { restoreFiles } from '../proof/restore.ts'
import { topicsOf } from '../proof/topics.ts'
import { LetterBox } from '../state/dead-letter-box.ts'
import { systemClock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { configOption, readArguments } from './arguments.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { checkedDate, mustHaveHeaders, sessionOption } from './reading-back.ts'
import { isWhole, restorePage } from './restore-page.ts'
import { refuse } from './run.ts'

export const restore: Command = {
  name: 'restore',
  summary: 'rebuild the files, byte for byte, from the topic',
  help: `Usage: pannier restore --to DIR [--session DATE] [--with-dead] [--config FILE]

Reads the topics of the configuration and writes each file below DIR at the path that its messages name; /var/log/a.log
becomes DIR/var/log/a.log. A second file of the same path (the next one after a rotation) gets its file id's first eight
digits as a suffix, a name that cannot be used becomes DIR/by-id/FILE_ID. DIR must be empty or absent: nothing is
overwritten, and nothing is written beside it. The state directory, where there is one, only helps to tell what is missing
from what was never shipped; without it a hole is UNKNOWN. Joins no consumer group; works beside a running agent.

      --to DIR        an empty folder, or one that does not exist
      --session DATE  only what was shipped in the sessions of that date; bytes of other sessions are holes in the files
      --with-dead     bytes that are in no message, and in the dead letters of the state directory, are taken from there
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

Exit codes: 0 all that was shipped is restored, 1 something is missing or damaged, or Kafka cannot be read, 2 wrong usage or
configuration.

Example: pannier restore --to /tmp/restored && cmp /var/log/app.log /tmp/restored/var/log/app.log
`,
  async run(args, io) {
    const values = readArguments('restore', args, {
      ...configOption,
      ...sessionOption,
      to: { type: 'string' },
      'with-dead': { type: 'boolean' },
    } as const)
    const date = checkedDate('restore', values.session)
    if (values.to === undefined || values.to === '') {
      throw new PannierError('restore: --to DIR is missing; see pannier restore --help', { code: 'USAGE' })
    }
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    mustHaveHeaders('restore', read.config)
    const to = resolve(io.cwd, values.to)
    mustBeEmpty(to)
    return restoreTo({ to, date, withDead: values['with-dead'] === true }, read.config, io)
  },
}

interface Wish {
  readonly to: string
  readonly date: string | undefined
  readonly withDead: boolean
}

async function restoreTo({ to, date, withDead }: Wish, config: Config, io: Io): Promise<number> {
  const accountsNow = (): Promise<Accounts> => readAccounts(config.stateDir, systemClock)
  const accounts = await accountsNow()
  for (const trouble of accounts.troubles) io.err(`warning: ${printable(trouble)}\n`)
  const letters = await LetterBox.open(config.stateDir)
  const reader = openReader(config.kafka)
  try {
    const topics = await topicsOf(config, accounts.sessions, reader)
    const dead = deadSource(letters, withDead)
    const found = await restoreFiles({ to, topics, date, accounts, accountsNow, dead }, reader)
    await io.out(restorePage(found))
    return isWhole(found) ? EXIT.done : EXIT.failed
  } finally {
    reader.close()
    await letters?.box.close()
  }
}
