/** A small keyed state kept in a journal, with which the journal's tests compare what they get back. */

import type { StateFolder } from '../../src/state/folder.ts'
import { type JournalOptions, openJournal } from '../../src/state/journal.ts'

export interface Entry {
  readonly key: string
  readonly value: number
}

export type State = Record<string, number>

export async function openState(folder: StateFolder, overrides: Partial<JournalOptions<Entry>> = {}) {
  const state = new Map<string, number>()
  const live = (): Entry[] => Array.from(state, ([key, value]) => ({ key, value }))
  const options = { name: 'checkpoint', format: 'pannier-test', version: 1, snapshot: live, ...overrides }
  const set = ({ key, value }: Entry): void => void state.set(key, value)
  const { journal, recovery } = await openJournal<Entry>(folder, options, set, () => state.clear())
  return {
    journal,
    recovery,
    state: (): State => Object.fromEntries(state),
    put: async (...entries: Entry[]): Promise<void> => {
      await journal.commit(entries)
      entries.forEach(set)
    },
  }
}

export function stateAfter(commits: readonly (readonly Entry[])[]): State {
  return Object.fromEntries(commits.flat().map(({ key, value }) => [key, value]))
}
