// The end of a session: its manifest is written once, published when that is asked for, and tried again until it is done.

import type { Config } from './config/config.ts'
import type { Broker } from './deliver/broker.ts'
import type { Catalogue } from './files/catalogue.ts'
import { topicOrTemplate } from './message/topic-name.ts'
import type { Emit } from './observe/events.ts'
import type { StateFolder } from './state/folder.ts'
import { buildManifest, type Manifest, pruneManifests, writeManifest } from './state/manifest.ts'
import type { ClosedSession } from './state/session.ts'
import type { Clock } from './support/clock.ts'
import { readable } from './support/errors.ts'

export interface ManifestsParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly emit: Emit
  readonly catalogue: Catalogue
  readonly folder: StateFolder
  readonly broker: Broker
}

/** A manifest that is durable here and not yet where it belongs. */
interface Written {
  readonly manifest: Manifest
  sending: boolean
  sent: boolean
  failed: boolean
  /** Monotonic milliseconds of the next try. */
  next: number
}

const PUBLISH_AGAIN_MS = 30_000

export class Manifests {
  readonly #parts: ManifestsParts
  readonly #written = new Map<string, Written>()

  constructor(parts: ManifestsParts) {
    this.#parts = parts
  }

  /** True once the manifest is where it belongs; else it is called again in a later round, and waits for nobody. */
  async close(session: ClosedSession, tryWrite: (write: () => Promise<void>) => Promise<boolean>): Promise<boolean> {
    const { emit, config } = this.#parts
    const written = this.#written.get(session.id) ?? (await this.#write(session, tryWrite))
    if (written === null) return false
    if (config().session.publishManifest && !written.sent) {
      // Not awaited: Kafka may take long, and a round never waits for it.
      void this.#publish(session.id, written)
      return false
    }
    this.#written.delete(session.id)
    emit({ name: 'manifest_written', session: session.id, files: written.manifest.files.length })
    return true
  }

  async #write(
    session: ClosedSession,
    tryWrite: (write: () => Promise<void>) => Promise<boolean>,
  ): Promise<Written | null> {
    const { config, catalogue, folder } = this.#parts
    const { host, session: settings } = config()
    const manifest = buildManifest(session, host, catalogue.all(), (file) =>
      topicOrTemplate(file.birth.topic, session.id),
    )
    const done = await tryWrite(async () => {
      await writeManifest(folder, manifest)
      await pruneManifests(folder, settings.keepSessions)
    })
    if (!done) return null
    const written = { manifest, sending: false, sent: false, failed: false, next: 0 }
    this.#written.set(session.id, written)
    return written
  }

  /** Never rejects. */
  async #publish(id: string, written: Written): Promise<void> {
    const { broker, config, clock, emit } = this.#parts
    if (written.sending || clock.monotonic() < written.next) return
    const { kafka, host, session } = config()
    const topic = session.manifestTopic ?? `${kafka.topic}.manifests`
    written.sending = true
    try {
      await broker.publish(topic, `${host}/${id}`, Buffer.from(JSON.stringify(written.manifest)))
      written.sent = true
    } catch (error) {
      if (!written.failed) emit({ name: 'manifest_failed', session: id, reason: readable(error) })
      written.failed = true
      written.next = clock.monotonic() + PUBLISH_AGAIN_MS
    }
    written.sending = false
  }
}
