// Leaving: what every file held at the signal is the target; then quiet, then the last acks, then the last checkpoint.

import type { Parts } from './agent.ts'
import { isStalled } from './files/stalled.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { canBeRead } from './work.ts'

export interface LeaveOptions {
  /** The signal's name, for the log. */
  readonly why: string
  /** Monotonic milliseconds at which it leaves with whatever is left; asked again and again, since a signal may set it. */
  readonly deadline: () => number
  /** Files must not have grown for so many milliseconds. */
  readonly quiet: number
  readonly flushPartial: boolean
}

export interface Remainder {
  /** Bytes of the targets that are not settled. */
  readonly bytes: number
  readonly files: number
}

/** The reason for leaving when a new configuration takes over. */
export const RELOAD = 'SIGHUP'
/** The reason of an agent that is to ship what is there and leave. */
export const ONCE = 'once'

/** Length of a round while leaving: short, so that growth and acks are seen soon. Milliseconds. */
const STEP = 100
/** A steady writer is waited for this many times `quiet`, no longer. */
const QUIET_AT_MOST = 5

/** Ships what was there when it was called, and tells what could not be. */
export async function leave(parts: Parts, options: LeaveOptions): Promise<Remainder> {
  const { clock, emit } = parts.world
  const began = clock.monotonic()
  parts.books.tryAgain()
  // With a new configuration it goes on at once. Else what a `.gz` holds is shipped too, and half of the time is kept for that.
  if (options.why === RELOAD) await parts.round.look()
  else await parts.round.lookInside(() => (began + options.deadline()) / 2)
  if (options.why === ONCE) await awaitSpools(parts, options)
  const targets = new Map<TrackedFile, number>()
  for (const file of parts.catalogue.all()) targets.set(file, file.size)
  emit({ name: 'stopping', signal: options.why, bytes: remainder(targets, options, () => true).bytes })
  do {
    await shipTargets(parts, targets, options, began)
    // What is in flight beyond the targets would be sent twice if we left before its ack, or where Kafka refuses it in the end.
    parts.lanes.flush()
    while (!parts.lanes.idle && clock.monotonic() < options.deadline())
      await parts.bell.wait(options.deadline() - clock.monotonic())
  } while (hasHoles(parts) && clock.monotonic() < options.deadline())
  parts.books.tryAgain()
  await finish(parts, options)
  while (!parts.isWritten() && clock.monotonic() < options.deadline())
    await parts.bell.wait(options.deadline() - clock.monotonic())
  const left = withUnborn(
    remainder(targets, options, () => true),
    parts.round.unborn,
  )
  // With a new configuration it goes on at once: nothing has stopped.
  if (options.why !== RELOAD) {
    const abandoned = parts.losses.bytes
    emit({ name: 'stopped', left: left.bytes, files: left.files, waiting: waiting(targets, options), abandoned })
  }
  return left
}

/** The last checkpoint. A large copy that is not finished would be begun anew by the next start. */
async function finish({ round, world: { clock } }: Parts, { why, deadline }: LeaveOptions): Promise<void> {
  const until = (): number => (why === RELOAD ? 0 : deadline())
  do {
    if (round.isCompleting) await round.look()
    await round.checkpoint()
  } while (round.isCompleting && clock.monotonic() < until())
}

/** What is there is to be shipped, and a file that was written just now is finished a moment later. */
async function awaitSpools(parts: Parts, { deadline }: LeaveOptions): Promise<void> {
  const { clock } = parts.world
  while (parts.round.isSettling && clock.monotonic() < deadline()) {
    await parts.bell.wait(Math.min(STEP, deadline() - clock.monotonic()))
    await parts.round.look()
  }
}

async function shipTargets(
  parts: Parts,
  targets: Map<TrackedFile, number>,
  options: LeaveOptions,
  began: number,
): Promise<void> {
  const { clock } = parts.world
  const { quiet, flushPartial, why } = options
  // A new configuration goes on with an event that waits; whoever stops for good ships it.
  const flush = flushPartial ? 'partial' : why === RELOAD ? 'wait' : 'lines'
  let grownAt = began
  let total = totalSize(parts)
  const asked = new Set<TrackedFile>()
  for (;;) {
    const left = options.deadline() - clock.monotonic()
    const lasts = Math.max(0, Math.min(STEP, left))
    const cutShort = (): boolean => clock.monotonic() >= options.deadline()
    const { done } = await parts.round.run({ lasts, flush, hurry: true, cutShort })
    const now = clock.monotonic()
    if (totalSize(parts) !== total) {
      total = totalSize(parts)
      grownAt = now
    }
    if (now >= options.deadline()) return
    const isQuiet = now - grownAt >= quiet || now - began >= quiet * QUIET_AT_MOST
    const isSought = isSoughtAgain(parts, asked)
    if (isQuiet && remainder(targets, options, canBeRead).bytes === 0 && !hasHoles(parts) && !isSought) return
    if (done) await parts.bell.wait(Math.min(STEP, options.deadline() - now))
  }
}

/** A read of this round found other bytes in a file: the next look seeks what continues it, or gives it up. */
function isSoughtAgain({ catalogue }: Parts, asked: Set<TrackedFile>): boolean {
  const before = asked.size
  for (const file of catalogue.displaced.keys()) asked.add(file)
  return asked.size > before
}

function withUnborn({ bytes, files }: Remainder, unborn: readonly number[]): Remainder {
  return { bytes: unborn.reduce((sum, size) => sum + size, bytes), files: files + unborn.length }
}

/** What was taken behind bytes that came back would be sent twice by the next start, also behind the targets. */
function hasHoles(parts: Parts): boolean {
  for (const file of parts.catalogue.all()) if (file.cursor.offset < file.readEnd && canBeRead(file)) return true
  return false
}

function totalSize(parts: Parts): number {
  let total = 0
  for (const file of parts.catalogue.all()) total += file.size
  return total
}

function remainder(
  targets: Map<TrackedFile, number>,
  options: LeaveOptions,
  counts: (file: TrackedFile) => boolean,
): Remainder {
  let bytes = 0
  let files = 0
  for (const [file, target] of targets) {
    if (!counts(file) || isReached(file, target, options)) continue
    bytes += target - file.settled.offset
    files++
  }
  return { bytes, files }
}

/** Bytes of unfinished lines, which do not count as left. */
function waiting(targets: Map<TrackedFile, number>, options: LeaveOptions): number {
  let bytes = 0
  for (const [file, target] of targets) {
    if (isReached(file, target, options)) bytes += Math.max(0, Math.min(target, file.size) - file.settled.offset)
  }
  return bytes
}

/** An unfinished line does not count, nor, where a new configuration goes on with it, an event that waits. */
function isReached(file: TrackedFile, target: number, { why }: LeaveOptions): boolean {
  // What was cut off since is abandoned.
  if (file.settled.offset >= Math.min(target, file.size)) return true
  return !file.inFlight && isStalled(file, why === RELOAD ? 'wait' : 'lines')
}
