/** The moments at which points.mjs can kill an agent, and the order to do so. */

import { fileURLToPath } from 'node:url'

const written = (kind: string): string[] =>
  ['before-write', 'half-written', 'before-fsync', 'after-fsync'].map((moment) => `${kind}-${moment}`)

export const sending = ['send-before', 'send-within', 'send-after', 'ack-arrived', 'ack-heard']
export const committing = written('checkpoint')
export const bearing = written('births')
/** Dead letters. */
export const burying = written('letters')
/** A journal's new generation: the first of all, and the one after a torn write. */
export const beginning = [
  ...written('generation'),
  'generation-before-rename',
  'generation-between-renames',
  'generation-after-rename',
]
/** The manifest of a session, after a rollover. */
export const accounting = [...written('manifest'), 'manifest-before-rename', 'manifest-after-rename']
/** From SIGTERM on. */
export const leaving = ['send-within', 'ack-arrived', 'checkpoint-half-written', 'checkpoint-after-fsync', 'exit']

export interface Order {
  readonly point: string
  /** At the so-manieth time. */
  readonly nth: number
  /** Counts from SIGTERM on only. */
  readonly leaving?: boolean
}

/** The words before the agent's command line that put it under the order; null: only its acks are traced. */
export function underOrder(order: Order | null, stateDir: string, trace: string): string[] {
  const preload = fileURLToPath(new URL('points.mjs', import.meta.url))
  const kill = order === null ? '' : `${order.point}:${order.nth}${order.leaving ? ':SIGTERM' : ''}`
  return [
    'env',
    `NODE_OPTIONS=--import=${preload}`,
    `PANNIER_KILL=${kill}`,
    `PANNIER_STATE=${stateDir}`,
    `PANNIER_TRACE=${trace}`,
  ]
}
