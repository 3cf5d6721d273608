/**
 * An OpenTelemetry Collector as a careful user has it: offsets kept, and what the exporter does not take is not dropped, which is what
 * filelog does unless told otherwise.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJsonLine, tally } from '../tally.ts'
import { runIn, wordsOf } from './command.ts'
import { absent, type Job, type Peer, spentToArrival } from './peer.ts'

const variable = 'PANNIER_BENCH_OTELCOL'
const program = process.env[variable] ?? ''

export const otelcol: Peer = {
  name: 'OpenTelemetry Collector filelog + kafka',
  record: 'a line, as a JSON string',
  async version() {
    if (program === '') absent(`${variable} names no binary`)
    // What it calls its own version is whatever its builder was told.
    const words = await wordsOf(program, 'components')
    return `filelogreceiver ${/filelogreceiver v([\d.]+)/.exec(words)?.[1]}`
  },
  async run(job) {
    const { place, topic, workload, folder } = job
    const config = join(folder.path, 'otelcol.yaml')
    mkdirSync(join(folder.path, 'offsets'))
    writeFileSync(config, configOf(job))
    const spent = await spentToArrival(runIn(job, program, ['--config', config]), workload.lines, job)
    return { ...spent, bytes: workload.bytes, ...(await tally(place.brokers, topic, workload.lines, readJsonLine)) }
  },
}

/** With these batches 100 MB took 11.1 to 13.5 CPU s per GB, without any 16.9 (on a busy machine). */
function configOf({ place, topic, workload, folder }: Job): string {
  return `extensions:
  file_storage:
    directory: ${folder.path}/offsets
receivers:
  filelog:
    include: ["${workload.glob}"]
    start_at: beginning
    storage: file_storage
    retry_on_failure:
      enabled: true
      max_elapsed_time: 0
exporters:
  kafka:
    brokers: [${place.brokers.map((broker) => `"${broker}"`).join(', ')}]
    logs:
      topic: ${topic}
      encoding: raw
    producer:
      required_acks: -1
      max_message_bytes: 1000000
      compression: none
    sending_queue:
      block_on_overflow: true
      sizer: items
      queue_size: 100000
      batch:
        flush_timeout: 200ms
        min_size: 8192
        max_size: 8192
    retry_on_failure:
      max_elapsed_time: 0
service:
  extensions: [file_storage]
  telemetry:
    metrics:
      level: none
  pipelines:
    logs:
      receivers: [filelog]
      exporters: [kafka]
`
}
