/** `npx tsx tools/kafka/partition-vectors.ts [--check]`: the Java client's own partitions for keys, for test/deliver/partition.test.ts. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { kafkaJars } from './jars.ts'

const run = promisify(execFile)
const COUNTS = [1, 2, 3, 7, 12, 50, 1000]
const file = join(import.meta.dirname, '../../test/fixtures/kafka/java-partitions.json')

/** Of every length that ends in another way, of several bytes a letter, and as files are called. */
const KEYS = [
  '',
  'a',
  'ab',
  'abc',
  'abcd',
  '/var/log/app.log',
  '/var/log/nginx/access.log.1',
  '/😀/x',
  '\u0000\u007f\u0080\u07ff\u0800\uffff',
  '/srv/日志/服务.log',
  '/srv/журнал/ошибки.log',
  '/tmp/😀 with blanks.log',
  '/var/log/pods/default_web-5d9c_0f1e/web/0.log',
  'C:\\logs\\app.log',
  `/${'deep/'.repeat(200)}app.log`,
  ...Array.from({ length: 40 }, (_, index) => `/var/log/app-${index}/${'x'.repeat(index)}.log`),
]

const keys = KEYS.map((key) => Buffer.from(key).toString('hex'))
const source = join(import.meta.dirname, 'PartitionVectors.java')
// An empty argument would be lost on the way: each key has a letter in front.
const given = ['-cp', join(await kafkaJars(), '*'), source, COUNTS.join(), ...keys.map((key) => `k${key}`)]
const { stdout } = await run('java', given)
const vectors = stdout
  .trim()
  .split('\n')
  .map((line, index) => {
    const [murmur2, ...partitions] = line.split(' ').map(Number)
    return { key: keys[index], murmur2, partitions }
  })
const text = `[\n${vectors.map((vector) => `  ${JSON.stringify(vector)}`).join(',\n')}\n]\n`
const known = await readFile(file, 'utf8').catch(() => '[]')
if (!process.argv.includes('--check')) await writeFile(file, text)
else if (JSON.stringify(JSON.parse(known)) !== JSON.stringify(vectors)) {
  console.error(`${file} is not what the Java client says: npx tsx tools/kafka/partition-vectors.ts`)
  process.exitCode = 1
}
