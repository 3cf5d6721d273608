/** `npx tsx tools/kafka/main.ts [--nodes 3]`: a broker by hand, until Ctrl-C. */

import { parseArgs } from 'node:util'
import { startOwnKafka } from './start-kafka.ts'

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '1' } } })
if (values.nodes !== '1' && values.nodes !== '3') {
  console.error(`--nodes ${values.nodes}: 1 or 3`)
  process.exit(2)
}
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})
const cluster = await startOwnKafka({ nodes: values.nodes === '3' ? 3 : 1 })
console.log(cluster.brokers.join(','))
const alive = setInterval(() => {}, 60_000)
await stopped
clearInterval(alive)
await cluster.stop()
