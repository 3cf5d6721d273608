/** One agent per state directory: the first thing taken at the start, the last thing given back. */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, systemClock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { folderFault } from './folder-fault.ts'
import {
  type Claim,
  createClaim,
  describeSelf,
  type Holder,
  observe,
  replaceClaim,
  type Sighting,
  writtenBefore,
} from './lock-claim.ts'
import { Heartbeat } from './lock-heartbeat.ts'
import { bindSocket, type LockSocket } from './lock-socket.ts'

export type { Holder } from './lock-claim.ts'

export interface LockOptions {
  readonly stateDir: string
  readonly host: string
  readonly pid: number
  readonly clock?: Clock
  /** Milliseconds between two heartbeats. */
  readonly beat?: number
  /** Called once when another agent has taken the state over, after this process stood still for long or lost the folder from sight. */
  readonly onLost?: (holder: Holder) => void
}

export interface Lock {
  release(): Promise<void>
}

const BEAT_MS = 2000
/** Beats of another system that are waited for before its holder counts as dead. */
const MISSED_BEATS = 3
/** Older than any pause of a living holder: not waited for. */
const LONG_DEAD_MS = 60_000

interface Attempt {
  readonly path: string
  readonly mine: Claim
  readonly socket: LockSocket | null
  readonly clock: Clock
  readonly beat: number
}

/**
 * On Linux an abstract socket decides within a network namespace, at once and also after SIGKILL. The heartbeat file decides between
 * namespaces, containers and hosts that share the folder, and there it takes three beats. Rejects with STATE_LOCKED.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { clock = systemClock, beat = BEAT_MS, onLost = () => undefined } = options
  const path = join(resolve(options.stateDir), 'lock')
  const socket = await bindSocket(options.stateDir)
  if (socket === 'taken') throw locked(path, (await observe(path))?.holder ?? null)
  const mine = await describeSelf(options.host, options.pid, clock.now())
  try {
    await claim({ path, mine, socket, clock, beat })
  } catch (error) {
    await socket?.close()
    throw folderFault('lock', path, error)
  }
  let held = socket
  // A folder that was made again is another inode: who starts there asks for a socket of another name.
  const follow = async (): Promise<void> => {
    const next = await bindSocket(options.stateDir)
    if (next === null || next === 'taken') return
    await held?.close()
    held = next
  }
  const heartbeat = new Heartbeat(path, mine, beat, onLost, follow)
  return {
    release: async () => {
      await heartbeat.stop()
      await held?.close()
    },
  }
}

async function claim(attempt: Attempt): Promise<void> {
  const { path } = attempt
  const found = await observe(path)
  if (found !== null && !isOfTheDead(attempt, found)) return takeOver(attempt, found)
  if (found !== null) await rm(path, { force: true })
  if (!(await createOrGoOn(attempt))) await claim(attempt)
}

async function takeOver(attempt: Attempt, found: Sighting): Promise<void> {
  const { path, mine } = attempt
  if (!(await writtenBefore(path, found, LONG_DEAD_MS))) await watch(attempt, found)
  await replaceClaim(path, mine)
  await confirm(attempt)
}

/** Its holder would hold the socket that we have bound. */
function isOfTheDead({ socket, mine }: Attempt, found: Sighting): boolean {
  const { claim: theirs } = found
  if (socket === null || theirs === null || mine.net === null || mine.boot === null) return false
  return theirs.net === mine.net && theirs.boot === mine.boot
}

/** What is observed counts, not what clocks say: those of two hosts need not agree. */
async function watch({ path, clock, beat }: Attempt, found: Sighting): Promise<void> {
  for (let waited = 0; waited < MISSED_BEATS; waited += 1) {
    await clock.wait(beat)
    const now = await observe(path)
    if (now === null) return
    if (now.text !== found.text || now.modified !== found.modified) throw locked(path, now.holder)
  }
}

/** Two agents may have watched the same dead one: the last to write has it. */
async function confirm({ path, mine, clock, beat }: Attempt): Promise<void> {
  await clock.wait(beat)
  const now = await observe(path)
  if (now?.claim != null && now.claim.token !== mine.token) throw locked(path, now.holder)
}

/** False when somebody was faster. With the socket in hand a full disk is no reason not to start: the heartbeat writes the file later. */
async function createOrGoOn({ path, mine, socket }: Attempt): Promise<boolean> {
  try {
    return await createClaim(path, mine)
  } catch (error) {
    const fault = folderFault('lock', path, error)
    if (socket !== null && fault.retriable) return true
    throw fault
  }
}

function locked(path: string, holder: Holder | null): PannierError {
  const named =
    holder === null
      ? 'just starting, or its folder was deleted while it ran'
      : `host ${holder.host}, pid ${holder.pid}, since ${holder.since}`
  return new PannierError(`${path}: the state is held by another agent (${named})`, {
    code: 'STATE_LOCKED',
    hint: 'stop that agent, or give this one a state_dir of its own',
  })
}
