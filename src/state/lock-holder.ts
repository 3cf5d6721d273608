/** Who holds a state directory, asked without taking it: `pannier check` must never be in the way of an agent that starts. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../support/clock.ts'
import { describeSelf, type Holder, observe, type Sighting } from './lock-claim.ts'
import { socketName } from './lock-socket.ts'

/** `unnamed`: somebody does, and the file that says who is not there (yet). */
export type HeldBy = Holder | 'unnamed' | null

/** Heartbeats of another system come every two seconds; three of them are waited for. Milliseconds. */
const LOOK_MS = 500
const LOOKS = 12

/** Takes up to six seconds where only a heartbeat can tell. Rejects with a PannierError where the folder cannot be asked. */
export async function holderOf(stateDir: string, clock: Clock): Promise<HeldBy> {
  const path = join(stateDir, 'lock')
  const socket = await askSocket(stateDir)
  const found = await observe(path)
  if (socket === 'held') return found?.holder ?? 'unnamed'
  if (found === null || (socket === 'free' && (await isOfThisSystem(found)))) return null
  return (await isBeating(path, found, clock)) ? (found.holder ?? 'unnamed') : null
}

async function askSocket(stateDir: string): Promise<'held' | 'free' | 'no answer'> {
  if (process.platform !== 'linux') return 'no answer'
  const socket = connect({ path: await socketName(stateDir) })
  try {
    await once(socket, 'connect')
    return 'held'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'free' : 'no answer'
  } finally {
    socket.destroy()
  }
}

/** Then its holder would hold the socket. */
async function isOfThisSystem({ claim }: Sighting): Promise<boolean> {
  const { net, boot } = await describeSelf('', 0, 0)
  return claim !== null && net !== null && boot !== null && claim.net === net && claim.boot === boot
}

async function isBeating(path: string, found: Sighting, clock: Clock): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    await clock.wait(LOOK_MS)
    const now = await observe(path)
    if (now === null) return false
    if (now.modified !== found.modified || now.text !== found.text) return true
  }
  return false
}
