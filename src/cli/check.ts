// `pannier check`: all that an agent would stumble over, told before it starts. Nothing is created, nothing is sent.

import type { Config } from '../config/config.ts'
import { configOption, readArguments } from './arguments.ts'
import { checkInputs } from './check-inputs.ts'
import { checkKafka } from './check-kafka.ts'
import { checkPlaces } from './check-places.ts'
import { checkSpools } from './check-spools.ts'
import { count, type Finding, fail, findingLine, ok, warn } from './finding.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { readConfig } from './read-config.ts'

export const check: Command = {
  name: 'check',
  summary: 'try the config, the folders, the brokers, the topics and the limits; one line each',
  help: `Usage: pannier check [--config FILE]

Reads the configuration, lists the folders, asks every broker and every topic. Nothing is written but a probe in
state_dir, which is removed again, and nothing is sent. Takes up to 15 seconds where no broker answers.

  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

Exit codes: 0 all is well (a warn is no failure), 1 something failed, 2 wrong configuration.

Example: pannier check --config /etc/pannier/config.ini
`,
  async run(args, io) {
    const { config: named } = readArguments('check', args, configOption)
    const read = await readConfig(named, io)
    if (!read.ok) {
      await print(
        read.problems.map((problem) => fail(problem, null)),
        io,
      )
      return EXIT.usage
    }
    await print([aboutConfig(read.config), ...read.warnings.map((warning) => warn(warning))], io)
    const findings = await checkAll(read.config, io)
    return findings.some(({ verdict }) => verdict === 'FAIL') ? EXIT.failed : EXIT.done
  },
}

/** What takes longest is begun first and told last. */
async function checkAll(config: Config, io: Io): Promise<Finding[]> {
  const inputs = checkInputs(config)
  const spools = checkSpools(config)
  const places = checkPlaces(config)
  const kafka = inputs.then(({ topics }) => checkKafka(config, topics))
  // Heard below; a failure of the first must not leave the others unheard.
  kafka.catch(() => {})
  for (const part of [spools, places]) part.catch(() => {})
  const findings: Finding[] = []
  for (const part of [inputs.then((found) => found.findings), spools, places, kafka]) {
    const found = await part
    await print(found, io)
    findings.push(...found)
  }
  return findings
}

const aboutConfig = ({ path, inputs }: Config): Finding => ok(`config ${path}: ${count(inputs.length, 'input')}`)

const print = (findings: readonly Finding[], io: Io): Promise<void> => io.out(findings.map(findingLine).join(''))
