// `pannier verify`: reads the topic back and proves it against the manifests.

import { openReader } from '../kafka/reader.ts'
import { readAccounts, sessionsOf } from '../proof/accounts.ts'
import { verifySessions } from '../proof/verify.ts'
import { systemClock } from '../support/clock.ts'
import { configOption, readArguments } from './arguments.ts'
import { type Command, EXIT } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { checkedDate, mustHaveHeaders, sessionOption } from './reading-back.ts'
import { refuse } from './run.ts'
import { isProven, verifyDocument, verifyPage } from './verify-page.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'read the topic back and prove it against the manifests',
  help: `Usage: pannier verify [--session DATE] [--json] [--config FILE]

Reads from Kafka what the manifests in STATE_DIR/manifests say was shipped, and of sessions without a manifest what the
checkpoint says. For each file, every range must be there, and bytes, lines and crc32 must be those that were booked. Works
beside a running agent: takes no lock, writes nothing, joins no consumer group. What is behind the last checkpoint is not
booked yet, and not proven.

      --session DATE  only the sessions of that date, as in 2026-11-20, or one of them, as in 2026-11-20.2; default: all
      --json          one document on stdout
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

MISSING   booked as shipped, not found in Kafka        EXPIRED   older than what the topic still holds
DIFFERS   found, but its sums are not those booked     damaged   a record that is not what it says
Exit codes: 0 proven, 1 not proven or Kafka cannot be read, 2 wrong usage or configuration.

Example: pannier verify --session 2026-11-20 --json | jq '.sessions[].files[] | select(.status != "proven")'
`,
  async run(args, io) {
    const options = { ...configOption, ...sessionOption, json: { type: 'boolean' } } as const
    const values = readArguments('verify', args, options)
    const date = checkedDate('verify', values.session)
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    const { config } = read
    mustHaveHeaders('verify', config)
    const accounts = await readAccounts(config.stateDir, systemClock)
    for (const trouble of accounts.troubles) io.err(`warning: ${printable(trouble)}\n`)
    const sessions = sessionsOf(accounts, date)
    const reader = openReader(config.kafka)
    try {
      const found = await verifySessions(accounts, sessions, reader)
      // A manifest that cannot be believed is a session that was not proven.
      const proven = isProven(found) && accounts.troubles.length === 0
      await io.out(values.json === true ? verifyDocument(config, found, proven) : verifyPage(found, proven))
      return proven ? EXIT.done : EXIT.failed
    } finally {
      reader.close()
    }
  },
}
