/** The columns of the kill matrix: what happens to the files while agents are killed. */

import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { committedFiles } from '../../tools/oracle/checkpoint.ts'
import { lineBytes } from '../../tools/oracle/lines.ts'
import type { Agent, Settings } from '../process/agent.ts'
import { until } from '../process/until.ts'
import type { Application } from './application.ts'

export interface Scene {
  readonly app: Application
  readonly stateDir: string
  readonly random: () => number
}

export interface FileEvent {
  readonly title: string
  /** Beside those of every cell. */
  readonly settings?: Settings
  /** The same, that name folders of the cell. */
  readonly settingsAt?: (app: Application) => Settings
  /** Under the eyes of an agent, at a random moment of its life. */
  readonly whileUp?: (scene: Scene, agent: Agent) => Promise<void> | void
  /** Between a kill and the next start. */
  readonly whileDown?: (scene: Scene) => void
  /** What `whileUp` does would be lost by nature if the agent died meanwhile: it is killed right after. */
  readonly spares?: boolean
  /** A line may be repeated from its middle, so that lines without a head come by. */
  readonly cutsLines?: boolean
  /** What was compressed, or copied and truncated, before it was read may come behind its successor (docs/guarantees.md). */
  readonly reorders?: boolean
  /** Dead letters are sent again, beside the agent and in the end, by runs that are killed too. */
  readonly replays?: boolean
}

const patience = 180_000

async function deletePending({ app, stateDir }: Scene, agent: Agent): Promise<void> {
  const before = 500
  const tag = app.oneMore(before)
  const path = app.pathOf(tag)
  await until(`${path} is known`, () => agent.said('file_born').some((line) => line['path'] === path), patience)
  rmSync(path)
  await until(`${path} is settled`, () => committedAt(stateDir, path) === before * lineBytes, patience)
}

function committedAt(stateDir: string, path: string): number {
  for (const file of committedFiles(stateDir).values()) if (file.path === path) return file.offset
  return 0
}

export const fileEvents = {
  append: { title: 'append only' },
  rename: { title: 'rename (create)', whileUp: ({ app }) => app.rename() },
  'rename-twice': { title: 'renamed twice in a row', whileUp: ({ app }) => app.renameTwice() },
  'rename-down': { title: 'renamed while down', whileDown: ({ app }) => app.rename() },
  'rename-twice-down': { title: 'renamed twice while down', whileDown: ({ app }) => app.renameTwice() },
  copytruncate: { title: 'copytruncate', whileUp: ({ app }) => app.copyTruncate(), reorders: true },
  delete: { title: 'deleted while pending', whileUp: deletePending, spares: true },
  small: {
    title: 'many small files',
    whileUp: ({ app }) => app.manySmall(20),
    whileDown: ({ app }) => app.manySmall(20),
  },
  long: {
    title: 'lines of 20 to 100 kB in messages of 16 kB',
    settings: { message_conf: { max_message_length: '16384' } },
    whileUp: ({ app, random }) =>
      app.longLines(
        4,
        () => 20_000 + Math.floor(random() * 80_000),
        () => delay(random() * 200),
      ),
    cutsLines: true,
  },
  dead: {
    title: 'lines of 20 to 100 kB kept as dead letters, and sent again',
    settings: { message_conf: { max_message_length: '16384', long_line: 'dead_letter' } },
    whileUp: ({ app, random }) =>
      app.longLines(
        4,
        () => 20_000 + Math.floor(random() * 80_000),
        () => delay(random() * 200),
      ),
    replays: true,
  },
  gzip: { title: 'renamed and compressed', whileUp: ({ app }) => app.renameAndCompress(), reorders: true },
  spool: {
    title: 'a spool whose files are deleted, their names used again',
    settingsAt: ({ spool }) => ({
      'input:spool': { inputpath: `${spool}/*`, mode: 'spool', on_complete: 'delete', spool_quiet: '100ms' },
    }),
    whileUp: ({ app }) => app.moveIntoSpool(5),
    whileDown: ({ app }) => app.moveIntoSpool(5),
  },
} as const satisfies Readonly<Record<string, FileEvent>>

export type FileEventName = keyof typeof fileEvents
export const fileEventOf = (name: FileEventName): FileEvent => fileEvents[name]
