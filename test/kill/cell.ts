/** One cell of the matrix: an agent that is killed again and again, its application, its topic, and the judge's word at the end. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CODES } from '../../src/kafka/codecs/codec.ts'
import { committedFiles, committedOffsets } from '../../tools/oracle/checkpoint.ts'
import type { Judge } from '../../tools/oracle/judge.ts'
import { verdict } from '../../tools/oracle/verdict.ts'
import { generator } from '../long/random.ts'
import { type Agent, type Home, homeOf } from '../process/agent.ts'
import { Application } from './application.ts'
import type { BrokerEventName, Fault } from './brokers.ts'
import { type FileEvent, type FileEventName, fileEventOf } from './files.ts'
import { Plan } from './plan.ts'
import { type Order, underOrder } from './points.ts'
import { longestRecovery, type Span } from './recovery.ts'
import { type Kill, Repeats } from './repeats.ts'

export interface CellName {
  readonly broker: BrokerEventName
  readonly files: FileEventName
  readonly seed: number
}

export interface CellReport extends CellName {
  /** Processes started, and how they were killed: point to number; `random` is from outside. */
  readonly runs: number
  readonly kills: Readonly<Record<string, number>>
  readonly lines: number
  readonly lost: number
  readonly duplicated: number
  /** Lines that came after a later one of their file, and of the files that had the same path. */
  readonly outOfOrder: number
  /** Milliseconds. */
  readonly recovery: number
  /** What is wrong; none: it passed. */
  readonly faults: readonly string[]
}

export interface CellPlace {
  readonly after: (clean: () => unknown) => void
  readonly brokers: readonly string[]
  /** As agents reach them. */
  readonly bootstrap: readonly string[]
  readonly topic: string
}

const linesPerSecond = 300
/** Milliseconds. A life under an order is ended from outside when the point does not come. */
const lifeAtMost = 4000
const drainPatience = 180_000

export class Cell {
  readonly name: CellName
  readonly home: Home
  readonly #place: CellPlace
  readonly #event: FileEvent
  readonly #random: () => number
  readonly #app: Application
  readonly #state: string
  readonly #trace: string
  readonly #plan: Plan
  readonly #kills: Kill[] = []
  readonly #lives: Span[] = []
  readonly #points: Record<string, number> = {}
  #known = false
  /** Dead letters that were sent again, as far as those who sent them could tell. */
  #resent = 0

  constructor(name: CellName, place: CellPlace) {
    this.name = name
    this.#place = place
    this.#event = fileEventOf(name.files)
    this.#random = generator(name.seed)
    this.home = homeOf({ after: place.after }, { ...settingsOf(place, name.seed), ...this.#event.settings })
    this.#state = join(this.home.path, 'state')
    this.#trace = join(this.home.path, 'trace')
    this.#app = new Application(this.home.logs, linesPerSecond)
    this.home.configure(this.#event.settingsAt?.(this.#app) ?? {})
    place.after(() => this.#app.stop())
    const { whileUp, whileDown } = this.#event
    this.#plan = new Plan(this.#random, whileUp !== undefined || whileDown !== undefined, this.#event.replays === true)
  }

  /** Kills until told; then the last file is whole and shipped, and the judge is asked. */
  async killUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#live()
      if (this.#isKnown && this.#random() < 0.5) this.#event.whileDown?.(this.#scene)
      await delay(this.#random() * 400)
    }
  }

  async judge(faults: readonly Fault[]): Promise<CellReport> {
    const expected = this.#app.stop()
    const drained = (await this.#drain()) ?? (this.#event.replays === true ? await this.#replayAll() : null)
    const repeats = new Repeats(this.#kills)
    const torn: string[] = []
    const found = await verdict(this.#place.brokers, this.#place.topic, expected, {
      onMessage: (message, record) => repeats.see(message, record),
      ask: async (judge) => {
        for (const path of this.#filesLeft()) if (!(await isRebuilt(judge, path))) torn.push(path)
      },
    })
    const { lost, duplicated, outOfOrder, unexpected, unreadable, exact } = found
    const wrong = [
      ...(drained === null ? [] : [drained]),
      ...(lost > 0 ? [`${lost} lines lost`] : []),
      ...(unexpected > 0 ? [`${unexpected} lines that were never written`] : []),
      ...(unreadable > 0 && !this.#event.cutsLines ? [`${unreadable} unreadable lines`] : []),
      ...(exact ? [] : ['what a consumer rebuilds is not each line once and in order']),
      ...(repeats.outOfOrder > 0 && !this.#event.replays
        ? [`${repeats.outOfOrder} messages out of order in their file`]
        : []),
      ...(outOfOrder > 0 && !this.#event.reorders && !this.#event.replays
        ? [`${outOfOrder} lines behind later ones of their path`]
        : []),
      ...(torn.length > 0 ? [`files that cannot be rebuilt: ${torn.join(' ')}`] : []),
      ...(repeats.unexplained.length > 0 && !this.#event.replays
        ? [`${repeats.unexplained.length} repeats without a reason, ${repeats.unexplained[0]}`]
        : []),
    ]
    return {
      ...this.name,
      runs: this.#lives.length,
      kills: this.#points,
      lines: Object.values(expected).reduce((sum, one) => sum + one, 0),
      lost,
      duplicated,
      outOfOrder,
      recovery: longestRecovery(this.#lives, faults, traced(this.#trace).acks),
      faults: wrong,
    }
  }

  /** At an input's very first start what was rotated away before is nobody's business: that start must be over. */
  get #isKnown(): boolean {
    this.#known ||= committedFiles(this.#state).size >= this.#app.files
    return this.#known
  }

  get #scene() {
    return { app: this.#app, stateDir: this.#state, random: this.#random }
  }

  /** One process, from its start to its kill. */
  async #live(): Promise<void> {
    const spared = this.#event.spares === true && this.#lives.length % 2 === 1
    const order = spared ? null : this.#plan.next()
    const from = Date.now()
    const agent = this.#start(order)
    if (spared) await this.#event.whileUp?.(this.#scene, agent)
    else await this.#untilKilled(agent, order)
    agent.signal('SIGKILL')
    const end = await agent.ended()
    const at = Date.now()
    this.#lives.push({ from, to: at })
    this.#kills.push({ at, committed: committedOffsets(this.#state) })
    // Told to leave, it may have left before its point came, or before it was ready to listen.
    if (order?.leaving && (end === 0 || end === 1 || end === 'SIGTERM')) return
    if (end !== 'SIGKILL') throw new Error(`the agent ended with ${end}:\n${agent.words()}`)
    const { kill } = traced(this.#trace)
    const point = kill !== null && kill.at >= from ? kill.point : null
    this.#plan.done(point)
    const label = point === null ? 'random' : order?.leaving ? `shutdown: ${point}` : point
    this.#points[label] = (this.#points[label] ?? 0) + 1
  }

  async #untilKilled(agent: Agent, order: Order | null): Promise<void> {
    const life = order === null ? 50 + this.#random() * 3000 : lifeAtMost
    const began = performance.now()
    const act = this.#random() * (order === null ? life : 1200)
    await whileRunning(agent, act)
    if (agent.running && this.#isKnown && !this.#event.spares) await this.#event.whileUp?.(this.#scene, agent)
    if (this.#event.replays && agent.running) await this.#replay()
    if (order?.leaving && agent.running) agent.signal('SIGTERM')
    await whileRunning(agent, life - (performance.now() - began))
  }

  #start(order: Order | null, ...args: string[]): Agent {
    return this.home.startBy(underOrder(order, this.#state, this.#trace), ...args)
  }

  /** Null, or why what is left could not be shipped. */
  async #drain(): Promise<string | null> {
    const from = Date.now()
    const last = this.#start(null, '--once')
    const end = await last.ended(drainPatience).catch((error: Error) => error.message)
    this.#lives.push({ from, to: Date.now() })
    return end === 0 ? null : `the last run ended with ${end}: ${last.words().split('\n').slice(-5).join('\n')}`
  }

  /** Killed before it is done, if it is not quick. */
  async #replay(): Promise<void> {
    const replay = this.home.command('dead', 'replay', '--yes')
    await whileRunning(replay, 200 + this.#random() * 1000)
    replay.signal('SIGKILL')
    await replay.ended()
    this.#resent += sentBy(replay)
  }

  /** Null, or why letters are left. */
  async #replayAll(): Promise<string | null> {
    for (let left = 3; left > 0; left--) await this.#replay()
    const last = this.home.command('dead', 'replay', '--yes')
    const end = await last.ended(drainPatience)
    const list = this.home.command('dead', 'list')
    await list.ended()
    this.#resent += sentBy(last)
    if (this.#resent === 0) return 'no dead letter was ever sent again'
    if (end === 0 && list.words().startsWith('no dead letters')) return null
    return `dead replay ended with ${end}: ${last.words()}${list.words()}`
  }

  /** Those that are on disk as they were written. */
  #filesLeft(): string[] {
    const names = readdirSync(this.home.logs).filter((name) => !name.endsWith('.gz'))
    // A copy is the continuation of the file that it was made of, which was truncated since.
    const copies = this.name.files === 'copytruncate'
    return copies ? [] : names.map((name) => join(this.home.logs, name))
  }
}

const sentBy = (replay: Agent): number => [...replay.words().matchAll(/^sent /gm)].length

/** Each seed has its codec, and every third lines that linger. */
function settingsOf({ bootstrap, topic }: CellPlace, seed: number): Record<string, Record<string, string>> {
  const codecs = Object.keys(CODES)
  const compression = codecs[seed % codecs.length] ?? 'none'
  return {
    basic_conf: { interval: '100ms', rotated_quiet: '1s' },
    kafka_conf: { brokers: bootstrap.join(','), topic, request_timeout: '5s', compression },
    message_conf: { linger: seed % 3 === 0 ? '150ms' : '0' },
    session_conf: { rollover: '* * * * *' },
    shutdown_conf: { shutdown_quiet: '100ms', shutdown_timeout: '3s' },
  }
}

/** Only files of that name, whatever its number, are compared: there may be thousands of others. */
async function isRebuilt(judge: Judge, path: string): Promise<boolean> {
  const nameOf = (rotated: string): string => rotated.replace(/\.\d+$/, '')
  for (const { fileId, filename } of judge.files())
    if (nameOf(filename) === nameOf(path) && (await judge.bytesEqual(fileId, path))) return true
  return false
}

async function whileRunning(agent: Agent, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (agent.running && performance.now() < end) await delay(20)
}

interface Traced {
  /** Milliseconds since 1970. */
  readonly acks: number[]
  /** The last one. */
  readonly kill: { readonly at: number; readonly point: string } | null
}

function traced(path: string): Traced {
  const acks: number[] = []
  let kill: Traced['kill'] = null
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    const [what, at, point = ''] = line.split(' ')
    if (what === 'ack') acks.push(Number(at))
    if (what === 'kill') kill = { at: Number(at), point }
  }
  return { acks, kill }
}
