/** The whole agent in this process, over a folder of its own, against a real broker. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { assemble } from '../../src/agent.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Broker, SendOutcome } from '../../src/deliver/broker.ts'
import { systemDisk } from '../../src/files/disk.ts'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { createPacker } from '../../src/kafka/codecs/packer.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { leave, type Remainder } from '../../src/leave.ts'
import type { Batch } from '../../src/message/batch.ts'
import type { AgentEvent } from '../../src/observe/events.ts'
import { systemMover } from '../../src/spool/mover.ts'
import { openStateFolder } from '../../src/state/folder.ts'
import { systemClock } from '../../src/support/clock.ts'
import type { TestTopic } from './broker.ts'

interface Sent {
  readonly bytes: number
  readonly limit: number
  readonly codec: number
  readonly outcome: SendOutcome
}

export interface Shipment {
  readonly left: Remainder
  readonly events: readonly AgentEvent[]
  /** Every try, in order. */
  readonly sends: readonly Sent[]
}

export interface Agent {
  readonly folder: string
  path(name: string): string
  write(name: string, content: string | Buffer): void
  /** Ships what is there. */
  ship(options?: ShipmentOptions): Promise<Shipment>
}

export interface ShipmentOptions {
  readonly useSeam?: boolean
  /** Done to each batch just before it is sent. */
  readonly before?: (batch: Batch) => void | Promise<void>
  /** Lines of config.ini. */
  readonly settings?: string
  /** Told of each event as it comes. */
  readonly told?: (event: AgentEvent) => void
  /** Milliseconds that the agent's clock is ahead: a day closes the session. */
  readonly ahead?: number
}

export function agentFor(t: TestContext, { brokers, topic }: TestTopic): Agent {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-agent-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const logs = join(folder, 'logs')
  mkdirSync(logs)
  const path = (name: string): string => join(logs, name)
  return {
    folder,
    path,
    write: (name, content) => writeFileSync(path(name), content),
    async ship({ useSeam = true, before = () => {}, settings = '', ahead = 0, told = () => {} } = {}) {
      const basic = `[basic_conf]\ninputpath = ${logs}/*.log\nstate_dir = ${folder}/state\nhost = host-1\n`
      const text = `${basic}[kafka_conf]\nbrokers = ${brokers.join()}\ntopic = ${topic}\n${settings}`
      const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: folder })
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
      const { config } = loaded
      installSeam(loadCrc32c())
      const kafka = new KafkaBroker(config.kafka, useSeam)
      const packer = createPacker(config.kafka.compression)
      const sends: Shipment['sends'][number][] = []
      const broker: Broker = {
        facts: (name) => kafka.facts(name),
        async send(batch) {
          await before(batch)
          const outcome = await kafka.send(batch)
          sends.push({ bytes: batch.end, limit: batch.limit, codec: batch.codec, outcome })
          return outcome
        },
        publish: (...args) => kafka.publish(...args),
        close: () => kafka.close(),
      }
      const events: AgentEvent[] = []
      const emit = (event: AgentEvent): void => {
        events.push(event)
        told(event)
      }
      const state = await openStateFolder(config.stateDir)
      const clock = { ...systemClock, now: () => systemClock.now() + ahead }
      const world = { config, clock, disk: systemDisk, mover: systemMover, random: Math.random, broker, packer }
      const parts = await assemble({ ...world, folder: state, emit })
      try {
        const deadline = systemClock.monotonic() + 60_000
        const left = await leave(parts, { why: 'once', deadline: () => deadline, quiet: 0, flushPartial: false })
        return { left, events, sends }
      } finally {
        await parts.close()
        await packer?.close()
        await kafka.close()
      }
    },
  }
}
