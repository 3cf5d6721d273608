// The dead letters of an agent in a test, as any JSON parser reads them.

import type { DeadLetter } from '../../src/state/dead-letter.ts'
import type { TestAgent } from './agent.ts'

export function lettersOf({ state }: TestAgent): DeadLetter[] {
  return String(state.disk.get('dead-letters.jsonl') ?? '')
    .split('\n')
    .filter((text) => text.startsWith('{"time":') && !text.includes('"taken_out"'))
    .map((text) => JSON.parse(text) as DeadLetter)
}
