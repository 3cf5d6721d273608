// `pannier status`: where every file stands, from the state as it was last written and the sizes on disk now.

import { join } from 'node:path'
import { configOption, readArguments } from './arguments.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { refuse } from './run.ts'
import { pageOf } from './status-page.ts'
import { documentOf, gather } from './status-report.ts'

export const status: Command = {
  name: 'status',
  summary: 'per file: size, committed offset, lag, state, last error; totals',
  help: `Usage: pannier status [--json] [--stdout] [--config FILE]

Where every known file stands, the largest lag first. Reads the state as it was last written and asks the disk for sizes;
works beside a running agent as well as without one, takes no lock, writes nothing. It does not ask Kafka: a last error is
about a file, and that Kafka is away is told by the log.

      --json          one document on stdout; its fields: docs/reference/status.md
      --stdout        the state of run --stdout
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

LAG   size on disk minus committed offset, in bytes     SAFE  all that is on disk of it is settled: it may be deleted
ID    the first digits of its file id                   STATE living, rotated, deleted, missing, gone, displaced, ended
Exit codes: 0 shown, 1 the state is damaged or the accounts of a file do not add up, 2 wrong configuration.

Example: pannier status --json | jq '.files[] | select(.lag > 0) | .path'
`,
  async run(args, io) {
    const flags = { json: { type: 'boolean' }, stdout: { type: 'boolean' } } as const
    const values = readArguments('status', args, { ...configOption, ...flags })
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    const { config } = read
    const report = await gather(config, values.stdout === true ? join(config.stateDir, 'stdout') : config.stateDir)
    for (const piece of values.json === true ? documentOf(report) : pageOf(report, widthFor(io))) await io.out(piece)
    for (const problem of report.problems) io.err(`error: ${printable(problem)}\n`)
    return report.problems.length === 0 ? EXIT.done : EXIT.failed
  },
}

const NARROWEST = 80
const WIDEST = 120

const widthFor = ({ columns }: Io): number => Math.min(WIDEST, Math.max(NARROWEST, columns ?? WIDEST))
