// What the agent says that it shipped, session by session: the manifests of closed sessions, and the checkpoint's books of the
// others. The state is only read, so that this works beside a running agent.

import type { TrackedFile } from '../files/tracked-file.ts'
import { topicOrTemplate } from '../message/topic-name.ts'
import { copyOfStateFolder } from '../state/folder-copy.ts'
import { buildManifest, bySession, type ManifestFile } from '../state/manifest.ts'
import { type ReadState, readState } from '../state/read-state.ts'
import type { Clock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { parseManifest } from './parse-manifest.ts'

export interface SessionAccount {
  readonly session: string
  /** An open one goes on: what is said of it holds as of the last checkpoint. */
  readonly closed: boolean
  readonly source: 'manifest' | 'checkpoint'
  readonly files: readonly ManifestFile[]
}

export interface Accounts {
  /** In order of their dates. */
  readonly sessions: readonly SessionAccount[]
  /** Bytes that were settled without being shipped, over all sessions, by file id. */
  readonly unshipped: ReadonlyMap<string, number>
  /** State that cannot be believed. */
  readonly troubles: readonly string[]
}

/** Rejects with a PannierError where the folder cannot be read, or was written by a newer version. */
export async function readAccounts(stateDir: string, clock: Clock): Promise<Accounts> {
  // The checkpoint first: a session that is closed meanwhile is in it, or in a manifest, or in both.
  const state = await readState(stateDir, clock)
  const manifests = await readManifests(stateDir)
  const known = new Set(manifests.sessions.map(({ session }) => session))
  const others = booksIn(state).filter(({ session }) => !known.has(session))
  const sessions = [...manifests.sessions, ...others].toSorted((a, b) => bySession(a.session, b.session))
  const unshipped = new Map<string, number>()
  for (const { files } of manifests.sessions) {
    for (const file of files) unshipped.set(file.file_id, (unshipped.get(file.file_id) ?? 0) + unshippedIn(file))
  }
  // A file's totals also count the sessions whose manifests are kept no more.
  for (const { id, totals } of state.files) unshipped.set(id, unshippedIn(totals))
  return { sessions, unshipped, troubles: [...state.damage, ...manifests.troubles] }
}

/** The sessions of a date (`2026-11-20` and `2026-11-20.2`), or the one of that id; all of them for none. Throws NO_SESSION. */
export function sessionsOf(accounts: Accounts, date: string | undefined): readonly SessionAccount[] {
  const chosen = accounts.sessions.filter(({ session }) => isOf(session, date))
  if (chosen.length > 0) return chosen
  const known = accounts.sessions.map(({ session }) => session)
  const hint = known.length === 0 ? 'was anything shipped with this state_dir?' : `there are: ${known.join(', ')}`
  const what =
    date === undefined
      ? 'the state directory knows of no session'
      : `there is no manifest of ${date}, and it is not open`
  throw new PannierError(what, { code: 'NO_SESSION', hint, retriable: true })
}

export const isOf = (session: string, date: string | undefined): boolean =>
  date === undefined || session === date || session.startsWith(`${date}.`)

const unshippedIn = (books: Pick<ManifestFile, 'filtered' | 'dead_lettered' | 'abandoned'>): number =>
  books.filtered + books.dead_lettered + books.abandoned

/** The sessions that are open, or not yet written down. */
function booksIn({ files, session }: ReadState): SessionAccount[] {
  if (session === null) return []
  const closing = session.closing.map(({ id }) => booksOf(files, id, true))
  return [...closing, booksOf(files, session.current.id, false)]
}

function booksOf(files: readonly TrackedFile[], session: string, closed: boolean): SessionAccount {
  const never = { id: session, opened: 0, closed: 0 }
  const built = buildManifest(never, '', files, (file) => topicOrTemplate(file.birth.topic, session))
  return { session, closed, source: 'checkpoint', files: built.files }
}

async function readManifests(stateDir: string): Promise<Pick<Accounts, 'sessions' | 'troubles'>> {
  const sessions: SessionAccount[] = []
  const troubles: string[] = []
  const folder = copyOfStateFolder(stateDir)
  for (const name of (await folder.list()).filter((file) => file.startsWith('manifests/') && file.endsWith('.json'))) {
    const bytes = await folder.read(name)
    if (bytes === null) continue
    const { manifest, fault } = parseManifest(bytes)
    if (fault !== null) troubles.push(`${name} cannot be believed: ${fault}`)
    else sessions.push({ session: manifest.session, closed: true, source: 'manifest', files: manifest.files })
  }
  return { sessions, troubles }
}
