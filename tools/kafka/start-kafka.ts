/** A real broker for tests and the demo: the one that is given, else one of our own, by Java or by Docker. */

import { dockerProblem, startDocker } from './docker-cluster.ts'
import { javaProblem, startJava } from './java-cluster.ts'
import type { Cluster, StartOptions } from './node.ts'

/** `KAFKA_BROKERS` (comma separates) names a broker that is used as it is and never stopped. */
export async function startKafka(options: StartOptions = {}): Promise<Cluster> {
  const brokers = givenBrokers()
  return brokers.length > 0 ? { brokers, nodes: [], kind: 'given', stop: async () => {} } : startOwnKafka(options)
}

export function givenBrokers(): string[] {
  const names = (process.env['KAFKA_BROKERS'] ?? '').split(',').map((name) => name.trim())
  return names.filter((name) => name !== '')
}

/** A broker that the caller may kill, whatever is given. */
export async function startOwnKafka(options: StartOptions = {}): Promise<Cluster> {
  const java = await javaProblem()
  if (!java) return startJava(options)
  const docker = await dockerProblem()
  if (!docker) return startDocker(options)
  throw new Error(
    `there is no Kafka to work with: ${java}; ${docker}\n` +
      'hint: install a JDK (17 or later) and Maven, or start Docker, or set KAFKA_BROKERS=host:port',
  )
}
