// Each manifest against the log: its ranges, bytes, lines, crc32 and Kafka offsets are those of messages of its session.

import { crc32 } from 'node:zlib'
import type { Parts } from '../../../src/agent.ts'
import type { Manifest, ManifestFile } from '../../../src/state/manifest.ts'
import { type Range, takeNew } from '../../../tools/oracle/ranges.ts'
import type { Kernel } from '../kernel.ts'
import type { Entry, Ledger, Logged } from './ledger.ts'
import { covered } from './spans.ts'

export class Manifests {
  /** By session, the newest of each. */
  readonly #written = new Map<string, Manifest>()
  readonly #kernel: Kernel
  readonly #ledger: Ledger

  constructor(kernel: Kernel, ledger: Ledger) {
    this.#kernel = kernel
    this.#ledger = ledger
  }

  written(bytes: Buffer): void {
    const manifest = JSON.parse(bytes.toString()) as Manifest
    this.#kernel.note(`manifest ${manifest.session} of ${manifest.files.length} files`)
    this.#written.set(manifest.session, manifest)
    for (const file of manifest.files) this.#check(manifest.session, file)
  }

  /** What all manifests and the open books hold together is what was shipped. */
  total(parts: Parts): void {
    for (const file of parts.catalogue.all()) {
      let bytes = 0
      const held: Range[] = []
      for (const manifest of this.#written.values()) {
        if (file.sessions.has(manifest.session)) continue
        for (const one of manifest.files) if (one.file_id === file.id) bytes += add(held, one)
      }
      for (const book of file.sessions.values()) bytes += add(held, book)
      if (bytes !== file.totals.shipped || covered(held, 0, file.size) !== bytes)
        this.#kernel.fail('manifest', `${file.path}: ${bytes} bytes in all manifests, ${file.totals.shipped} shipped`)
    }
  }

  #check(session: string, file: ManifestFile): void {
    const entry = this.#ledger.entries.get(file.file_id)
    const what = `manifest ${session} of ${file.file_id.slice(0, 4)}`
    if (entry === undefined) return this.#kernel.fail('manifest', `${what}: never born`)
    const tagged: Range[] = []
    for (const log of this.#ledger.log.values())
      for (const { id, start, end, session: told } of log)
        if (id === entry.id && (told === null || told === session)) takeNew(tagged, start, end)
    for (const [from, to] of file.ranges)
      if (covered(tagged, from, to) !== to - from)
        this.#kernel.fail('manifest', `${what}: the log does not hold [${from}, ${to}) of that session`)
    this.#checkSums(file, entry, what)
    this.#checkPlaces(file, what)
  }

  #checkSums(file: ManifestFile, entry: Entry, what: string): void {
    const bytes = Buffer.concat(file.ranges.map(([from, to]) => entry.bytes.subarray(from, to)))
    if (bytes.length !== file.bytes)
      this.#kernel.fail('manifest', `${what}: ${file.bytes} bytes, the ranges hold ${bytes.length}`)
    if (crc32(bytes).toString(16).padStart(8, '0') !== file.crc32)
      this.#kernel.fail('manifest', `${what}: its crc32 is wrong`)
    const counts = file.ranges.map(([from, to]) => this.#ledger.ends.count(entry.bytes.subarray(from, to), from))
    const lines = counts.reduce((sum, count) => sum + count, 0)
    if (lines !== file.lines) this.#kernel.fail('manifest', `${what}: ${file.lines} lines, the bytes hold ${lines}`)
  }

  #checkPlaces(file: ManifestFile, what: string): void {
    if (file.partition === null || file.first === null || file.last === null) return
    const log: readonly Logged[] = this.#ledger.log.get(`${file.topic}/${file.partition}`) ?? []
    const first = log[file.first]
    const last = log[file.last]
    if (first?.id !== file.file_id || first.start !== file.ranges[0]?.[0])
      this.#kernel.fail('manifest', `${what}: its first message is not at offset ${file.first}`)
    if (last?.id !== file.file_id || last.end !== file.ranges.at(-1)?.[1])
      this.#kernel.fail('manifest', `${what}: its last message is not at offset ${file.last}`)
  }
}

function add(
  held: Range[],
  { ranges, bytes }: { readonly ranges: readonly (readonly [number, number])[]; readonly bytes: number },
): number {
  for (const [from, to] of ranges) takeNew(held, from, to)
  return bytes
}
