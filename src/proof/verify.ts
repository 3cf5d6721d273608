// Reads back what some sessions shipped, and proves it: first where the manifests say that it is, then, for what was not found
// there, in all the rest of those partitions.

import type { TopicReader } from '../kafka/reader.ts'
import type { ManifestFile } from '../state/manifest.ts'
import { PannierError } from '../support/errors.ts'
import type { Accounts, SessionAccount } from './accounts.ts'
import { type DamagedRecord, type FileVerdict, filesOf, Proof, type StartOf } from './proof.ts'
import { type Bounds, restOf, type Windows, windowsOf } from './windows.ts'

export interface SessionVerdict {
  readonly account: SessionAccount
  readonly files: readonly FileVerdict[]
}

export interface Verification {
  readonly sessions: readonly SessionVerdict[]
  readonly extras: ReturnType<Proof['extras']>
  readonly copies: number
  readonly damaged: readonly DamagedRecord[]
  readonly damagedInAll: number
  readonly foreign: number
  /** Topics that are not there any more. */
  readonly gone: readonly string[]
  readonly startOf: StartOf
}

/** One topic of the sessions, and what of it was read. */
interface TopicWork {
  readonly topic: string
  readonly files: readonly ManifestFile[]
  readonly bounds: Bounds
  readonly windows: Windows
  readonly gone: boolean
}

export async function verifySessions(
  accounts: Accounts,
  sessions: readonly SessionAccount[],
  reader: TopicReader,
): Promise<Verification> {
  const proof = new Proof(sessions, accounts.sessions)
  const topics = new Map<string, TopicWork>()
  for (const [topic, files] of byTopic(sessions)) {
    const bounds = await boundsOf(reader, topic)
    const windows = windowsOf(files, bounds ?? new Map())
    topics.set(topic, { topic, files, bounds: bounds ?? new Map(), windows, gone: bounds === null })
    await readAll(proof, topic, windows, reader)
  }
  const startOf: StartOf = (topic, partition) => topics.get(topic)?.bounds.get(partition)?.start ?? 0
  // What is told of them is reckoned before the search for what is missing, which comes upon sessions of long ago.
  const [extras, copies] = [proof.extras(), proof.copies()]
  for (const work of topics.values()) await seek(proof, work, startOf, reader)
  const { damaged, damagedInAll, foreign } = proof
  const verdicts = sessions.map((account) => ({
    account,
    files: account.files.map((file) => proof.verdict(file, startOf)),
  }))
  const gone = [...topics.values()].filter((work) => work.gone).map(({ topic }) => topic)
  return { sessions: verdicts, extras, copies, damaged, damagedInAll, foreign, gone: gone.toSorted(), startOf }
}

/** Reads the rest of the partitions in which something should be that was not found. */
async function seek(proof: Proof, work: TopicWork, startOf: StartOf, reader: TopicReader): Promise<void> {
  const { topic, files, bounds, windows } = work
  const lacking = files.filter((file) => proof.verdict(file, startOf).status === 'missing')
  await readAll(proof, topic, restOf(lacking, bounds, windows), reader)
}

async function readAll(proof: Proof, topic: string, windows: Windows, reader: TopicReader): Promise<void> {
  for (const [partition, stretches] of [...windows].toSorted(([a], [b]) => a - b)) {
    for (const [from, to] of stretches) {
      for await (const records of reader.read(topic, partition, from, to)) {
        for (const { value, headers = {}, offset } of records) {
          proof.take(topic, partition, Number(offset), { value, headers })
        }
      }
    }
  }
}

function byTopic(sessions: readonly SessionAccount[]): Map<string, ManifestFile[]> {
  const topics = new Map<string, ManifestFile[]>()
  for (const file of filesOf(sessions)) {
    if (file.first === null) continue
    const files = topics.get(file.topic)
    if (files === undefined) topics.set(file.topic, [file])
    else files.push(file)
  }
  return topics
}

/** Null for a topic that is not there. */
export async function boundsOf(reader: TopicReader, topic: string): Promise<Bounds | null> {
  try {
    return await reader.bounds(topic)
  } catch (error) {
    if (error instanceof PannierError && error.code === 'TOPIC_MISSING') return null
    throw error
  }
}
