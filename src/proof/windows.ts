// Which stretches of which partitions a proof has to read: what the manifests name, and no more. Pure.

import type { PartitionBounds } from '../kafka/reader.ts'
import type { ManifestFile } from '../state/manifest.ts'
import { missingFrom, type Range, takeNew } from '../support/ranges.ts'

/** Stretches `[from, to)` of Kafka offsets, in order, by partition. */
export type Windows = ReadonlyMap<number, readonly Range[]>
export type Bounds = ReadonlyMap<number, PartitionBounds>

/** @param files all of one topic */
export function windowsOf(files: Iterable<ManifestFile>, bounds: Bounds): Windows {
  const windows = new Map<number, Range[]>()
  for (const file of files) {
    for (const [partition, from, to] of placesOf(file, bounds)) {
      const held = windows.get(partition) ?? []
      windows.set(partition, held)
      const { start, end } = bounds.get(partition) ?? { start: 0, end: 0 }
      takeNew(held, Math.max(from, start), Math.min(to, end))
    }
  }
  return windows
}

/** All that the partitions of these files hold beside what was read: where something is missing it is sought there. */
export function restOf(files: Iterable<ManifestFile>, bounds: Bounds, read: Windows): Windows {
  const windows = new Map<number, Range[]>()
  for (const file of files) {
    for (const partition of file.partition === null ? bounds.keys() : [file.partition]) {
      const { start, end } = bounds.get(partition) ?? { start: 0, end: 0 }
      windows.set(partition, missingFrom(read.get(partition) ?? [], start, end))
    }
  }
  return windows
}

function placesOf({ partition, first, last }: ManifestFile, bounds: Bounds): [number, number, number][] {
  if (first === null || last === null) return []
  // With `partitioner = round_robin` the first and the last message are in any two partitions.
  if (partition === null) return [...bounds].map(([each, { start, end }]) => [each, start, end])
  // Later bytes may have been acked earlier: law 3 gives way to law 1.
  return [[partition, Math.min(first, last), Math.max(first, last) + 1]]
}
