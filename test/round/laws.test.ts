// Random lives of files against a model: whatever happens, laws 1 to 3 hold, and only bytes that a truncation or a
// deletion took before they were read are missing.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MORNING, TestAgent } from '../harness/agent.ts'
import type { Verdict } from '../harness/broker.ts'

type Action =
  | { readonly do: 'append'; readonly file: number; readonly lines: number; readonly ended: boolean }
  | { readonly do: 'rename' | 'truncate' | 'delete'; readonly file: number }
  | { readonly do: 'crash' | 'round' | 'full_disk' | 'heal' }
  | { readonly do: 'broker'; readonly verdicts: readonly Verdict[] }
  | { readonly do: 'answer'; readonly verdict: Exclude<Verdict, 'hold'> }

const file = fc.integer({ min: 0, max: 2 })
const answers = fc.constantFrom('ack', 'lost_ack', 'unknown', 'refused', 'too_large')
const actions = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append'),
        file,
        lines: fc.integer({ min: 0, max: 60 }),
        ended: fc.boolean(),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('round') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rename', 'truncate', 'delete'), file }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash', 'full_disk', 'heal') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('broker'),
        verdicts: fc.array(fc.oneof(answers, fc.constant('hold')), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('answer'), verdict: answers }) },
  ),
  { minLength: 3, maxLength: 30 },
) as fc.Arbitrary<Action[]>

/** No broker calls a batch of 1 KiB too large. */
const fair = <V extends Verdict>(verdict: V, bytes: number): V | 'refused' =>
  verdict === 'too_large' && bytes <= 1024 ? 'refused' : verdict

/** What was written into one identity of a file, and how much of it may have been lost before it was read. */
interface Content {
  text: string
  /** Bytes that the agent cannot be blamed for. */
  mortal: boolean
}

class World {
  readonly agent: TestAgent
  readonly contents: Content[] = []
  readonly #paths = new Map<number, Content>()
  #line = 0
  #renames = 0

  constructor(agent: TestAgent) {
    this.agent = agent
  }

  async act(action: Action): Promise<void> {
    const { agent } = this
    switch (action.do) {
      case 'append':
        return this.#append(action.file, action.lines, action.ended)
      case 'rename':
        return this.#rename(action.file)
      case 'truncate':
        return this.#end(action.file, (name) => agent.truncate(name))
      case 'delete':
        return this.#end(action.file, (name) => agent.remove(name))
      case 'crash':
        return agent.crash()
      case 'full_disk':
        agent.state.full = true
        return
      case 'heal':
        agent.state.full = false
        return
      case 'broker': {
        let turn = 0
        agent.broker.verdict = ({ bytes }) => fair(action.verdicts[turn++ % action.verdicts.length] as Verdict, bytes)
        return
      }
      case 'answer':
        for (const held of agent.broker.held.slice(0, 1)) held.answer(fair(action.verdict, held.sent.bytes))
        return
      case 'round':
        await agent.round()
    }
  }

  #append(index: number, lines: number, ended: boolean): void {
    let content = this.#paths.get(index)
    if (content === undefined) {
      content = { text: '', mortal: false }
      this.#paths.set(index, content)
      this.contents.push(content)
    }
    let text = ''
    for (let i = 0; i < lines; i++) text += `${this.#line++} ${'é'.repeat(this.#line % 40)}\n`
    if (!ended) text += `${this.#line++} unfinished `
    content.text += text
    this.agent.append(`${index}.log`, text)
  }

  #rename(index: number): void {
    const content = this.#paths.get(index)
    if (content === undefined) return
    // A file that no round ever saw under a name of the glob is nobody's.
    content.mortal ||= !this.#isKnown(index)
    this.#paths.delete(index)
    const names = ['log.1', 'old']
    this.agent.rename(`${index}.log`, `${index}.${this.#renames++}.${names[this.#renames % 2]}`)
  }

  #isKnown(index: number): boolean {
    const { ino } = fs.statSync(this.agent.path(`${index}.log`), { bigint: true })
    return this.agent.files.some(({ identity, life }) => identity.ino === ino && life !== 'ended')
  }

  #end(index: number, how: (name: string) => void): void {
    const content = this.#paths.get(index)
    if (content === undefined) return
    content.mortal = true
    this.#paths.delete(index)
    how(`${index}.log`)
  }

  /** All faults are over: rounds until nothing is left. */
  async calm(): Promise<void> {
    const { agent } = this
    agent.broker.verdict = () => 'ack'
    agent.state.full = false
    for (const held of [...agent.broker.held]) held.answer('ack')
    agent.clock.advance(10_000)
    await agent.ship(50)
    // Unfinished lines of files that are renamed away are shipped after rotated_quiet.
    agent.clock.advance(40_000)
    await agent.ship(50)
    await agent.rounds(3)
  }

  assertLaws(): void {
    const held = this.agent.held
    const abandoned = this.agent.files.reduce((sum, { totals }) => sum + totals.abandoned, 0)
    if (!this.contents.some(({ mortal }) => mortal))
      assert.equal(abandoned, 0, 'nothing was cut, and yet bytes are abandoned')
    for (const { ranges, bytes, filename } of held) {
      for (const [start, end] of ranges) {
        const part = bytes.subarray(start, end).toString()
        const home = this.contents.some(({ text }) => Buffer.from(text).subarray(start, end).toString() === part)
        assert.ok(home, `${filename}: bytes ${start} to ${end} are of no file that was written`)
      }
    }
    for (const { text, mortal } of this.contents) {
      if (mortal) continue
      const whole = text.slice(0, text.lastIndexOf('\n') + 1)
      const found = held.some(
        ({ bytes, ranges }) => ranges[0]?.[0] === 0 && bytes.subarray(0, ranges[0][1]).toString().startsWith(whole),
      )
      assert.ok(found || whole === '', `a file that was never cut is not whole: ${JSON.stringify(whole.slice(0, 60))}`)
    }
  }

  /** Nothing comes twice but after a crash or an ack whose fate is unknown. */
  assertNoDuplicates(): void {
    for (const { filename, duplicated } of this.agent.held) assert.equal(duplicated, 0, filename)
  }
}

async function live(settings: Record<string, Record<string, string>>, sequence: readonly Action[]): Promise<void> {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'pannier-laws-')))
  const agent = new TestAgent(
    folder,
    { session_conf: { timezone: 'UTC' }, message_conf: { max_message_length: '2KiB' }, ...settings },
    MORNING,
  )
  agent.broker.partitions = 2
  try {
    await agent.start()
    const world = new World(agent)
    for (const action of sequence) await world.act(action)
    await world.calm()
    world.assertLaws()
    const unsure = sequence.some(
      (action) =>
        action.do === 'crash' ||
        (action.do === 'broker' && action.verdicts.includes('lost_ack')) ||
        (action.do === 'answer' && action.verdict === 'lost_ack'),
    )
    if (!unsure) world.assertNoDuplicates()
  } finally {
    await agent.disk.closeAll()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

for (const partitioner of ['file', 'round_robin']) {
  test(`any life of files, crashes and answers of the broker keeps laws 1 to 3, with partitioner = ${partitioner}`, async () => {
    const property = fc.asyncProperty(actions, (sequence) => live({ kafka_conf: { partitioner } }, sequence))
    await fc.assert(property, {
      numRuns: Number(process.env['RUNS'] ?? 100),
      seed: Number(process.env['SEED'] ?? 20_261_120),
      interruptAfterTimeLimit: 120_000,
    })
  })
}
