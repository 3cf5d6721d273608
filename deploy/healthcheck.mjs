// HEALTHCHECK of the image: a living agent touches its lock every two seconds (src/state/lock-heartbeat.ts), a stuck one does not.
// It says that the process runs and can write its state; it does not say that Kafka takes anything.
import { statSync } from 'node:fs'
import { join } from 'node:path'

/** Fifteen missed beats. */
const TOO_OLD_MS = 30_000

const stateDir = process.argv[2] ?? process.env.PANNIER_BASIC_CONF_STATE_DIR ?? '/var/lib/pannier'
const lock = join(stateDir, 'lock')
const beat = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? null
const age = beat === null ? null : Date.now() - beat

if (age === null) console.log(`no agent runs: there is no ${lock}`)
else console.log(`the agent's last heartbeat was ${(age / 1000).toFixed(1)} s ago`)
process.exitCode = age !== null && age < TOO_OLD_MS ? 0 : 1
