/** How long it took until Kafka had something again: after a restart, and after the end of what was done to the brokers. */

import type { Fault } from './brokers.ts'

/** One process, from its start to its end. Milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * The longest time, in milliseconds, from a restart to the first ack of that process, or from the end of a fault to the next ack,
 * through whatever kills. A fault that ends between a restart and its first ack is not counted against the restart.
 */
export function longestRecovery(lives: readonly Span[], faults: readonly Fault[], acks: readonly number[]): number {
  const restarts = lives.map(({ from, to }) => {
    const ack = acks.find((at) => at >= from && at <= to)
    if (ack === undefined) return 0
    const ends = faults.map((fault) => fault.to).filter((end) => end >= from && end <= ack)
    return ack - Math.max(from, ...ends)
  })
  const faultEnds = faults.map(({ to }) => {
    const ack = acks.find((at) => at >= to)
    return ack === undefined ? 0 : ack - to
  })
  return Math.max(0, ...restarts, ...faultEnds)
}
