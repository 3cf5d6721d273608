// Numbered lines that are written and must come once and in order, and an agent whose wall clock is that of the real files.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { newAgent, type Settings, type TestAgent } from './agent.ts'

const HOLD_MS = 61_000

export class Story {
  readonly agent: TestAgent
  /** How many lines were written to all files. */
  written = 0

  constructor(agent: TestAgent) {
    this.agent = agent
  }

  write(name: string, lines: number): void {
    this.agent.append(name, this.next(lines))
  }

  next(lines: number): string {
    let text = ''
    for (let i = 0; i < lines; i++) text += `line ${String(++this.written).padStart(6, '0')}\n`
    return text
  }

  async round(): Promise<void> {
    this.#keepTime()
    await this.agent.round()
  }

  /** Rounds until all that is there is settled. */
  async ship(): Promise<void> {
    this.#keepTime()
    await this.agent.ship()
  }

  async crash(settings?: Settings): Promise<void> {
    this.#keepTime()
    await this.agent.crash(settings)
  }

  /** Rounds until copies and quiet files are no longer waited for. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await this.ship()
      this.agent.clock.advance(HOLD_MS)
    }
    await this.ship()
  }

  /** All that came, in the order in which it came. */
  get came(): string {
    return this.agent.broker.taken.map(({ value }) => JSON.parse(value.toString()).content as string).join('')
  }

  get abandoned(): number {
    return this.agent.files.reduce((sum, { totals }) => sum + totals.abandoned, 0)
  }

  /** All that was written came once, in the order in which it was written, and nothing was given up. */
  assertTold(when = 'in the end'): void {
    assert.equal(rangesIn(this.came), `1-${this.written}`, when)
    this.#assertNothingElse(when)
  }

  /** The same in whatever order: rotations that no round saw may be told late. */
  assertComplete(when = 'in the end'): void {
    const sorted = this.came.split('\n').toSorted().join('\n')
    assert.equal(rangesIn(sorted), `1-${this.written}`, when)
    this.#assertNothingElse(when)
  }

  #assertNothingElse(when: string): void {
    this.agent.assertExact()
    assert.equal(this.abandoned, 0, `${when}: bytes are abandoned`)
  }

  // Files bear the time of the real clock, and are compared with it.
  #keepTime(): void {
    this.agent.clock.wall = Date.now()
  }
}

/** `1-200 204-207 201-203`: the numbers of the lines, as they come. */
function rangesIn(text: string): string {
  const runs: [from: number, to: number][] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const number = Number(line.slice(5))
    const run = runs.at(-1)
    if (run?.[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  return runs.map((run) => run.join('-')).join(' ')
}

/** An agent under this glob that has started in an empty folder. */
export async function startStory(t: TestContext, glob: string, settings: Settings = {}): Promise<Story> {
  const story = await newStory(t, glob, settings)
  await story.agent.start()
  await story.round()
  return story
}

export async function newStory(t: TestContext, glob: string, settings: Settings = {}): Promise<Story> {
  const agent = await newAgent(t, settings, Date.now())
  agent.settings = { ...agent.settings, basic_conf: { ...settings['basic_conf'], inputpath: agent.path(glob) } }
  return new Story(agent)
}
