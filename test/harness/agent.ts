// An agent in a temporary folder: real files, a broker and a state folder in memory, a clock that the test moves; and its crash.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { assemble, type Parts } from '../../src/agent.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { TrackedFile } from '../../src/files/tracked-file.ts'
import { type AgentEvent, describe } from '../../src/observe/events.ts'
import type { RoundOptions, RoundReport } from '../../src/round.ts'
import { type Mover, systemMover } from '../../src/spool/mover.ts'
import { MemoryFolder, type Disk as StateDisk } from '../state/memory-folder.ts'
import { assertAccounts } from './accounts.ts'
import { MemoryBroker } from './broker.ts'
import { TestClock } from './clock.ts'
import { TestDisk } from './disk.ts'
import { Consumer, type HeldFile } from './held-bytes.ts'

/** Sections of config.ini, as a user would write them. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string | number>>>>

export const MORNING = Date.parse('2026-11-20T10:00:00Z')

export class TestAgent {
  /** Where the user's files are. */
  readonly folder: string
  readonly clock: TestClock
  readonly broker = new MemoryBroker()
  readonly consumer = new Consumer(this.broker.taken)
  readonly events: AgentEvent[] = []
  disk = new TestDisk()
  /** Real, but for what a test puts in its place. */
  mover: Mover = { ...systemMover }
  state = new MemoryFolder(new Map() as StateDisk)
  settings: Settings
  parts!: Parts
  #ids = 0
  #loaded: { readonly text: string; readonly config: Config } | null = null
  #life: object = {}

  constructor(folder: string, settings: Settings, now: number) {
    this.folder = folder
    this.settings = settings
    this.clock = new TestClock(now)
  }

  // Files

  path = (name: string): string => join(this.folder, name)
  append(name: string, text: string | Buffer): void {
    fs.mkdirSync(dirname(this.path(name)), { recursive: true })
    fs.appendFileSync(this.path(name), text)
  }
  rename = (from: string, to: string): void => fs.renameSync(this.path(from), this.path(to))
  remove = (name: string): void => fs.rmSync(this.path(name))
  truncate = (name: string, size = 0): void => fs.truncateSync(this.path(name), size)

  // Life

  async start(settings: Settings = this.settings): Promise<void> {
    this.settings = settings
    this.#life = {}
    const folder = (this.state = new MemoryFolder(this.state.disk))
    this.parts = await assemble({
      config: this.#config(),
      clock: this.clock.connect(this.#life),
      disk: this.disk,
      mover: this.mover,
      random: () => 0.5,
      randomId: () => (++this.#ids).toString(16).padStart(32, '0'),
      broker: this.broker.connect(),
      folder,
      emit: (event) => {
        describe(event)
        this.events.push(event)
      },
    })
  }

  /** The process is killed: nothing is closed or written, the kernel closes its handles. */
  async crash(settings?: Settings): Promise<void> {
    this.clock.disconnect(this.#life)
    this.broker.held.length = 0
    await this.disk.closeAll()
    const { alter, fault } = this.disk
    this.disk = Object.assign(new TestDisk(), { alter, fault })
    await this.start(settings)
  }

  /** One round; afterwards the accounts of all files must add up. */
  async round(options: Partial<RoundOptions> = {}): Promise<RoundReport> {
    const report = await this.parts.round.run({ lasts: 1000, ...options })
    assertAccounts(this)
    return report
  }

  async rounds(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.round()
  }

  /** Rounds until all that is there is settled. */
  async ship(atMost = 20): Promise<void> {
    for (let i = 0; i < atMost; i++) if ((await this.round()).done) return
    assert.fail(`not done after ${atMost} rounds`)
  }

  /** Rounds with `ms` between them, so that what waits for time to pass happens. */
  async shipAfter(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.ship()
  }

  // What there is to see

  get files(): TrackedFile[] {
    return [...this.parts.catalogue.all()]
  }

  /** The one living file that was born at this path. */
  file(name: string): TrackedFile {
    const found = this.files.filter(({ birth, life }) => birth.path === this.path(name) && life !== 'ended')
    assert.equal(found.length, 1, `${found.length} files were born at ${name}`)
    return found[0] as TrackedFile
  }

  get held(): HeldFile[] {
    return [...this.consumer.files.values()]
  }

  /** The texts of the files that messages call `name`, in order of birth. */
  shipped(name: string): string[] {
    return this.held.filter(({ filename }) => filename === this.path(name)).map(({ bytes }) => bytes.toString('latin1'))
  }

  eventsNamed<Name extends AgentEvent['name']>(name: Name): Extract<AgentEvent, { name: Name }>[] {
    return this.events.filter((event): event is Extract<AgentEvent, { name: Name }> => event.name === name)
  }

  /** Every byte came once, whole and in order. */
  assertExact(): void {
    for (const { filename, ranges, duplicated, early } of this.held) {
      assert.deepEqual({ duplicated, early, holes: ranges.length - 1 }, { duplicated: 0, early: 0, holes: 0 }, filename)
    }
  }

  #config(): Config {
    const sections = {
      ...this.settings,
      basic_conf: { inputpath: join(this.folder, '*.log'), ...this.settings['basic_conf'] },
    }
    const text = Object.entries(sections)
      .map(
        ([name, pairs]) =>
          `[${name}]\n${Object.entries(pairs)
            .map(([key, value]) => `${key} = ${value}\n`)
            .join('')}`,
      )
      .join('\n')
    // Most starts are on the settings of the start before, and reading them is most of a start.
    const known = this.#loaded?.text === text ? this.#loaded.config : null
    if (known !== null) return known
    const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: this.folder })
    if (!loaded.ok) throw new Error(loaded.problems.map(String).join('\n') + JSON.stringify(loaded.problems))
    this.#loaded = { text, config: loaded.config }
    return loaded.config
  }
}

/** An agent that has started, in a folder that is removed with the test. */
export async function startAgent(t: TestContext, settings: Settings = {}, now = MORNING): Promise<TestAgent> {
  const agent = await newAgent(t, settings, now)
  await agent.start()
  return agent
}

export async function newAgent(t: TestContext, settings: Settings = {}, now = MORNING): Promise<TestAgent> {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'pannier-round-')))
  const agent = new TestAgent(folder, { session_conf: { timezone: 'UTC' }, ...settings }, now)
  t.after(async () => {
    await agent.disk.closeAll()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return agent
}
