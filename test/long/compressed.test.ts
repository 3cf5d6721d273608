import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { createGzip } from 'node:zlib'
import { homeOf } from '../process/agent.ts'
import { watchCost } from './process-cost.ts'

const size = 300_000_000
const mostMemory = 130

function* text(line: (number: number) => string): Generator<string> {
  let bytes = 0
  for (let number = 0; bytes < size; ) {
    let block = ''
    for (let i = 0; i < 500; i++) block += line(number++)
    bytes += block.length
    yield block
  }
}

const kinds = {
  'that compresses well': (number: number) => `${number} ${(number * 2654435761).toString(36).repeat(8)}\n`,
  'that is nothing but one line, a thousand times smaller': () => 'the same line again\n',
}

for (const [kind, line] of Object.entries(kinds)) {
  test(`300 MB in a .gz ${kind} are shipped in bounded memory`, async (t) => {
    const home = homeOf(t, {})
    home.configure({ basic_conf: { inputpath: join(home.logs, '*.gz') }, kafka_conf: { topic: 't' } })
    const path = join(home.logs, 'big.gz')
    await pipeline(Readable.from(text(line)), createGzip({ level: 1 }), createWriteStream(path))
    const begun = performance.now()
    const agent = home.startBy(['sh', '-c', 'exec "$@" --once --stdout >/dev/null', 'sh'])
    const cost = watchCost(agent.pid)
    assert.equal(await agent.ended(60_000), 0, agent.words())
    const { cpu, peakRss } = cost()
    const seconds = (performance.now() - begun) / 1000
    t.diagnostic(`peak RSS ${peakRss.toFixed(0)} MB, ${cpu.toFixed(1)} s of CPU, ${seconds.toFixed(1)} s`)
    assert.match(agent.words(), /stopped, all shipped/)
    assert.ok(peakRss > 0 && peakRss < mostMemory, `${peakRss} MB`)
  })
}
