// What the tests of spools share: a folder, how files come into it, and an agent that is killed at one of its steps.

import fs from 'node:fs'
import type { TestContext } from 'node:test'
import type { Mover } from '../../src/spool/mover.ts'
import { newAgent, type Settings, type TestAgent } from '../harness/agent.ts'

export const QUIET = 5_000

export function settings(
  onComplete: string,
  more: Record<string, string> = {},
): Record<string, Record<string, string>> {
  return { basic_conf: { mode: 'spool', on_complete: onComplete, spool_quiet: '5s', ...more } }
}

/** Not started yet; its clock is ahead of the files'. */
export const newSpool = (t: TestContext): Promise<TestAgent> => newAgent(t, {}, Date.now() + 1_000)

export async function spool(t: TestContext, onComplete: string, more: Record<string, string> = {}): Promise<TestAgent> {
  const agent = await newSpool(t)
  await agent.start(settings(onComplete, more))
  return agent
}

/** Ships, and lets pass what a finished file has to be quiet for. */
export async function settle(agent: TestAgent): Promise<void> {
  await agent.shipAfter(QUIET)
  await agent.shipAfter(QUIET)
}

const HOUR = 3_600_000

/** As a program leaves a file that it has written elsewhere and moves in. */
export function moveIn(agent: TestAgent, name: string, text: string | Buffer): void {
  agent.append(name, text)
  const old = new Date(Date.now() - HOUR)
  fs.utimesSync(agent.path(name), old, old)
}

/** At the time of the agent's own clock. */
export function write(agent: TestAgent, name: string, text: string): void {
  agent.append(name, text)
  // What is a part of a second may come out a little too early, since it is no round number.
  const at = Math.ceil(agent.clock.wall / 1000)
  fs.utimesSync(agent.path(name), at, at)
}

export const names = (folder: string): string[] => fs.readdirSync(folder).toSorted()
export const read = (path: string): string => fs.readFileSync(path, 'utf8')

/** A process that dies there, and does nothing more. */
export class Death {
  readonly come: Promise<void>
  #tell: () => void = () => {}

  constructor() {
    this.come = new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  die = (): Promise<never> => {
    this.#tell()
    return new Promise(() => {})
  }
}

/** The agent lives until `death` comes, and is started again, with a mover that does what it should. */
export async function killed(agent: TestAgent, death: Death, whole: Mover, later?: Settings): Promise<void> {
  await Promise.race([death.come, agent.ship()])
  agent.mover = whole
  await agent.crash(later)
}
