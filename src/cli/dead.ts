// `pannier dead list` and `pannier dead replay`: what Kafka would not take, shown, and sent again.

import type { Config } from '../config/config.ts'
import { type Choice, isChosen, type Letter, lettersOf } from '../dead/letters.ts'
import { type Fate, Replay } from '../dead/replay.ts'
import { openKafka } from '../kafka/open.ts'
import { LetterBox } from '../state/dead-letter-box.ts'
import { openStateFolder, type StateFolder } from '../state/folder.ts'
import { acquireLock } from '../state/lock.ts'
import { leaveOutTaken } from '../state/pack-letters.ts'
import { readState } from '../state/read-state.ts'
import { systemClock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { configOption, readArguments } from './arguments.ts'
import { deadDocument, deadPage, nameOf, summaryOf } from './dead-page.ts'
import { count } from './finding.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { checkedDate, sessionOption } from './reading-back.ts'
import { refuse } from './run.ts'

export const dead: Command = {
  name: 'dead',
  summary: 'list the dead letters, or send them again',
  help: `Usage: pannier dead list [--json] [which] [--config FILE]
       pannier dead replay [--yes] [which] [--config FILE]

What Kafka refuses for its content, and with long_line = dead_letter a line that fits no message, is kept in
STATE_DIR/dead-letters.jsonl with its address and its bytes. Both work beside a running agent.

list shows where each comes from, and why it is there; the page names it as FILE_ID@OFFSET.
replay sends each to the topic and partition that it was for: messages byte for byte, a line as one message. What Kafka has
taken is taken out of the file; what it refuses again, or what is larger than the topic allows, stays, and the reason is told.
Shows what would be sent, and does it after a yes at the terminal, or with --yes. Killed in the middle, it may send one
letter twice and loses none.

which:
      --file FILE     of this path at its birth, or of this file id or its first digits, at least 4
      --offset N      beginning at this byte of its file
      --session DATE  read in the sessions of that date, as in 2026-11-20, or in one of them, as in 2026-11-20.2
      --topic TOPIC   for this topic
      --json          list as one document on stdout
      --yes           send without asking
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

Exit codes: 0 listed, all sent, or only shown; 1 some letters stay, or Kafka cannot be reached; 2 wrong usage or configuration.

Example: pannier dead list --json | jq -r '.letters[].reason' | sort | uniq -c
`,
  async run(args, io) {
    const [what, ...rest] = args
    if (what !== 'list' && what !== 'replay') throw usage(`${what ?? 'what'}? there are list and replay`)
    const choosing = { file: { type: 'string' }, offset: { type: 'string' }, topic: { type: 'string' } } as const
    const flags = { json: { type: 'boolean' }, yes: { type: 'boolean' } } as const
    const values = readArguments(`dead ${what}`, rest, { ...configOption, ...sessionOption, ...choosing, ...flags })
    const { file, topic, json = false, yes = false } = values
    if (json && what === 'replay') throw usage('--json is an option of dead list')
    if (yes && what === 'list') throw usage('--yes is an option of dead replay')
    const offset = values.offset === undefined ? undefined : numberOf(values.offset)
    const choice = { file, offset, topic, session: checkedDate(`dead ${what}`, values.session) }
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    const found = await LetterBox.open(read.config.stateDir)
    try {
      const letters = lettersOf(found?.kept ?? []).filter((letter) => isChosen(letter, choice))
      if (what === 'list') return await list(letters, read.config, json, io)
      return found === null || letters.length === 0
        ? await none(choice, read.config, io)
        : await replay(letters, found.box, read.config, yes, io)
    } finally {
      await found?.box.close()
    }
  },
}

const usage = (says: string): PannierError =>
  new PannierError(`dead: ${says}; see pannier dead --help`, { code: 'USAGE' })

function numberOf(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw usage(`--offset ${text} is not a number of bytes`)
}

async function list(letters: readonly Letter[], { stateDir }: Config, json: boolean, io: Io): Promise<number> {
  for (const piece of json ? deadDocument(letters, stateDir) : deadPage(letters, stateDir)) await io.out(piece)
  return EXIT.done
}

async function none(choice: Choice, { stateDir }: Config, io: Io): Promise<number> {
  const isAny = Object.values(choice).every((wish) => wish === undefined)
  await io.out(`no dead letters${isAny ? '' : ' of this choice'} in ${printable(stateDir)}\n`)
  return EXIT.done
}

async function replay(
  letters: readonly Letter[],
  box: LetterBox,
  config: Config,
  yes: boolean,
  io: Io,
): Promise<number> {
  await io.out(`${summaryOf(letters)} in ${printable(config.stateDir)}\n`)
  for (const [topic, number] of byTopic(letters)) await io.out(`  ${number} for ${topic}\n`)
  const agreed = yes || (io.ask !== null && (await io.ask('Send them again? [y/N] ')))
  if (!agreed) {
    await io.out('nothing was sent; to do it, add --yes\n')
    return EXIT.done
  }
  const folder = await openStateFolder(config.stateDir)
  const { files } = await readState(config.stateDir, systemClock)
  const births = new Map(files.map(({ id, birth }) => [id, birth]))
  const broker = await openKafka(config.kafka)
  try {
    const birthOf = (id: string): { topic: string; partition: number | null } | null => births.get(id) ?? null
    const clock = systemClock
    const sending = new Replay({ box, folder, broker, clock, random: Math.random, birthOf })
    let sent = 0
    for (const letter of letters) {
      const fate = await sending.send(letter)
      await io.out(lineOf(fate))
      if (fate.kind === 'sent') sent++
    }
    await io.out(`${count(sent, 'letter')} sent, ${letters.length - sent} left\n`)
    if (sent > 0) await tidy(folder, config, io)
    return sent === letters.length ? EXIT.done : EXIT.failed
  } finally {
    await broker.close()
  }
}

function byTopic(letters: readonly Letter[]): Map<string, number> {
  const topics = new Map<string, number>()
  for (const { head } of letters) {
    const topic = head.topic ?? "its file's topic"
    topics.set(topic, (topics.get(topic) ?? 0) + 1)
  }
  return topics
}

const lineOf = (fate: Fate): string => {
  const name = `${nameOf(fate.letter)}  ${printable(fate.letter.head.filename)}`
  if (fate.kind === 'sent') return `sent   ${name}  to ${fate.topic}/${fate.partition} offset ${fate.offset}\n`
  return `stays  ${name}: ${printable(fate.reason)}\n`
}

/** A running agent does this itself, as soon as it needs the room. */
async function tidy(folder: StateFolder, { host }: Config, io: Io): Promise<void> {
  let lock: Awaited<ReturnType<typeof acquireLock>>
  try {
    lock = await acquireLock({ stateDir: folder.path, host, pid: io.pid })
  } catch (error) {
    if (error instanceof PannierError && error.code === 'STATE_LOCKED') return
    throw error
  }
  try {
    await leaveOutTaken(folder)
  } finally {
    await lock.release()
  }
}
