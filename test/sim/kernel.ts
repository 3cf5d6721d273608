// What all parts of the simulation stand on: chance, time, the trace of what happened, and the points at which the world acts.

import { crc32 } from 'node:zlib'
import { SimClock } from './clock.ts'
import { Random } from './random.ts'

/** One run of the agent's process. */
export interface Life {
  readonly number: number
  alive: boolean
}

export interface Failure {
  readonly law: string
  readonly text: string
}

/** Calls in a row without a jump of the time: more is an agent that spins. */
const SPIN = 60_000
const TRACE_KEPT = 40
const HASHED_AT_ONCE = 8_192

export class Kernel {
  readonly random: Random
  readonly clock: SimClock
  failure: Failure | null = null
  steps = 0
  /** Something hid files from the agent, or set its clock, at some time. */
  misled = false
  /** The process died without leaving, or could not write its state before. */
  died = false
  /** The path that the agent named last: what happens there now races with it. */
  asked = ''
  /** Set by whoever drives the world. */
  act: () => void = () => {}
  /** How likely the world acts at a call of the agent. */
  restless = 0
  /** How likely such a call takes long. */
  sluggish = 0
  readonly trace: string[] = []
  readonly #print: boolean
  #hash = 0
  /** Text of the trace that `#hash` does not count yet. */
  #unhashed = ''
  /** Calls of the agent, and how many of them since time last jumped. */
  calls = 0
  #busy = 0

  constructor(seed: number, wall: number, print = false) {
    this.random = new Random(seed)
    this.clock = new SimClock(wall)
    this.#print = print
  }

  note(text: string): void {
    const line = `${this.clock.elapsed.toFixed(1)} ${text}`
    this.#unhashed += line
    if (this.#unhashed.length > HASHED_AT_ONCE) this.#hash = this.hash
    this.trace.push(line)
    if (this.#print) console.log(line)
    if (this.trace.length > 2 * TRACE_KEPT) this.trace.splice(0, TRACE_KEPT)
  }

  /** Of the whole trace. */
  get hash(): number {
    const hash = crc32(this.#unhashed, this.#hash)
    this.#unhashed = ''
    return (this.#hash = hash)
  }

  get lastActions(): readonly string[] {
    return this.trace.slice(-TRACE_KEPT)
  }

  /** A law is broken; the first one counts. */
  fail(law: string, text: string): void {
    if (this.failure !== null) return
    this.failure = { law, text }
    this.note(`BROKEN ${law}: ${text}`)
  }

  /** A call of the agent that returns at once. */
  brief(): void {
    if (this.failure === null && this.random.chance(this.restless)) this.act()
  }

  /** A call of the agent: time passes, and the world may act before it is done. Never resolves once the life is over. */
  async point(life: Life): Promise<void> {
    if (!life.alive || this.failure !== null) return never()
    this.calls++
    if (++this.#busy > SPIN) this.fail('no stuck state', `${SPIN} calls and no timer waited for`)
    this.clock.creep(this.random.next() * 0.2)
    this.brief()
    if (this.random.chance(this.sluggish)) await this.clock.sleep(this.random.between(1, 400))
    if (!life.alive || this.failure !== null) return never()
  }

  /** Time goes on to the next timer. False when nothing will ever happen again. */
  jump(): boolean {
    this.#busy = 0
    return this.clock.jump()
  }
}

// A promise of its own each time: one for all would keep every life that ever ended.
export const never = (): Promise<never> => new Promise(() => {})

/** An error as the system throws it. */
export const systemError = (code: string): Error => Object.assign(new Error(`${code}: told so`), { code })
