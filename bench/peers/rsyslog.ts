/** rsyslog with imfile and omkafka, its state in the folder of the run. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import glob from 'fast-glob'
import { readLine, tally } from '../tally.ts'
import { runIn, wordsOf } from './command.ts'
import { absent, type Job, type Peer, spentToArrival } from './peer.ts'

const program = '/usr/sbin/rsyslogd'

export const rsyslog: Peer = {
  name: 'rsyslog imfile + omkafka',
  record: 'a line',
  async version() {
    const words = await wordsOf(program, '-v')
    if (glob.sync('/usr/lib/*/rsyslog/omkafka.so').length === 0) absent('it needs the package rsyslog-kafka')
    return `rsyslog ${/^rsyslogd\s+([\d.]+)/.exec(words)?.[1]}`
  },
  async run(job) {
    const { place, topic, workload, folder } = job
    const config = join(folder.path, 'rsyslog.conf')
    writeFileSync(config, configOf(job))
    const spent = await spentToArrival(
      runIn(job, program, ['-n', '-f', config, '-i', join(folder.path, 'rsyslog.pid')]),
      workload.lines,
      job,
    )
    return { ...spent, bytes: workload.bytes, ...(await tally(place.brokers, topic, workload.lines, readLine)) }
  },
}

/** No queue between the two: 100 MB took 11.7 and 12.7 CPU s per GB, with one 12.2 and 15.1 (on a busy machine). */
function configOf({ place, topic, workload, folder }: Job): string {
  const brokers = place.brokers.map((broker) => `"${broker}"`).join(', ')
  const kafka = ['acks=all', 'linger.ms=5', 'batch.num.messages=100000', 'queue.buffering.max.messages=1000000']
  return `global(workDirectory="${folder.path}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
module(load="omkafka")
template(name="line" type="string" string="%msg%")
input(type="imfile" File="${workload.glob}" Tag="bench" ruleset="kafka" reopenOnTruncate="on")
ruleset(name="kafka" queue.type="Direct") {
  action(type="omkafka" broker=[${brokers}] topic="${topic}" template="line" partitions.auto="on" resubmitOnFailure="on"
    confParam=[${kafka.map((setting) => `"${setting}"`).join(', ')}])
}
`
}
