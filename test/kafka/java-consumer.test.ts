// Kafka's own Java consumer reads what the seam wrote: keys, headers and values, in every format.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { CODES } from '../../src/kafka/codecs/codec.ts'
import { kafkaJars } from '../../tools/kafka/jars.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { agentFor } from './agent.ts'
import { type TestTopic, withTopic } from './broker.ts'

const execute = promisify(execFile)
const END = '<end>\n'
const skip = (await javaProblem()) ?? false

/** Each codec once, each format also as it is. */
const CASES = { json: ['gzip', 'snappy'], raw: ['lz4'], line: ['zstd'] } as const

for (const [format, codecs] of Object.entries(CASES)) {
  test(`${format}: the Java consumer sees what was written, as it is and with ${codecs.join(' and ')}`, {
    skip,
  }, async (t) => {
    const topic = await withTopic(t)
    const agent = agentFor(t, topic)
    const text = Array.from({ length: 200 }, (_, index) => `zeile ${index} äöü 日本 ${'x'.repeat(index)}\n`).join('')
    for (const codec of ['none', ...codecs] as const) {
      agent.write(`${codec}.log`, `${codec}\n${text}`)
      const message = `format = ${format}\nline_headers = all\nmax_message_length = 5000\nfield.team = blue\n`
      const { sends } = await agent.ship({ settings: `compression = ${codec}\n[message_conf]\n${message}` })
      assert.ok(sends.length > 1)
      for (const { codec: used } of sends) assert.equal(used, CODES[codec], codec)
    }
    const expected: string[] = []
    for await (const { key, value, headers } of readTopic(topic.brokers, topic.topic)) {
      const shown = Object.entries(headers).map(([name, content]) => `${name}:${content}`)
      expected.push(`${shown.join(';') || 'NO_HEADERS'}#${key}#${value.toString()}`)
    }
    assert.ok(expected.length > 3)
    assert.deepEqual(await seenByJava(topic, agent.folder, expected.length), expected)
  })
}

async function seenByJava({ brokers, topic }: TestTopic, folder: string, count: number): Promise<string[]> {
  const classpath = join(await kafkaJars(), '*')
  const formatter = join(folder, 'formatter.properties')
  const shown = {
    'print.key': true,
    'print.headers': true,
    'headers.separator': ';',
    'key.separator': '\\#',
    'line.separator': '<end>\\n',
  }
  writeFileSync(
    formatter,
    Object.entries(shown)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const options = [
    '--bootstrap-server',
    brokers.join(),
    '--topic',
    topic,
    '--from-beginning',
    '--max-messages',
    String(count),
  ]
  const heap = [
    '-Xmx128m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dfile.encoding=UTF-8',
    '-Dstdout.encoding=UTF-8',
  ]
  const main = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const all = [...heap, '-cp', classpath, main, ...options, '--timeout-ms', '30000', '--formatter-config', formatter]
  const { stdout } = await execute('java', all, { maxBuffer: 64 << 20 })
  return stdout.split(END).filter((record) => record !== '')
}
