/** A broker that a test may kill. */

import { setTimeout as delay } from 'node:timers/promises'
import { dockerProblem } from '../../tools/kafka/docker-cluster.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'
import { givenBrokers } from '../../tools/kafka/start-kafka.ts'

/** Only who brought a broker along may have no means to start one; everybody else is told by a failing test. */
export async function whyNoOwnKafka(): Promise<string | false> {
  if (givenBrokers().length === 0) return false
  const java = await javaProblem()
  return java && (await dockerProblem()) ? java : false
}

/** Resolves when `isTrue`, which is asked again and again; rejects after ten seconds. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`still waiting until ${what}`)
    await delay(20)
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
