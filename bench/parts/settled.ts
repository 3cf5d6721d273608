/** When a process that runs has done all that there was to do: it takes no CPU any more. */

import { setTimeout as delay } from 'node:timers/promises'
import { cpuOf } from '../cost.ts'

const window = 200
const inARow = 3
const patience = 900_000

/** Resolves when it took at most `allowed` seconds of CPU in each of three windows of 200 ms. */
export async function settled(pid: number, allowed = 0): Promise<void> {
  const deadline = performance.now() + patience
  let before = cpuOf(pid)
  for (let quiet = 0; quiet < inARow; ) {
    if (performance.now() > deadline) throw new Error(`process ${pid} is still busy`)
    await delay(window)
    const now = cpuOf(pid)
    quiet = now - before <= allowed ? quiet + 1 : 0
    before = now
  }
}
