/** The four applications of the demo: each appends numbered lines to a log of its own, one of them is rotated. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startWriter, type Writer } from '../oracle/writer.ts'

export interface Source {
  readonly tag: string
  /** The files that hold the lines, the oldest first. */
  readonly paths: readonly string[]
}

export interface Applications {
  readonly sources: readonly Source[]
  /** logrotate's `create`: a new name for the old file, a new file at the old path. */
  rotate(): void
  stop(): void
}

const linesPerSecond = 5000

export function startApplications(folder: string): Applications {
  mkdirSync(folder)
  const path = (name: string): string => join(folder, `${name}.log`)
  const rotated = `${path('orders')}.1`
  const writers: Record<string, Writer> = {
    web: startWriter({ path: path('web'), tag: 'web', linesPerSecond }),
    orders: startWriter({ path: path('orders'), tag: 'orders', linesPerSecond }),
    binary: startWriter({ path: path('binary'), tag: 'binary', linesPerSecond, invalidEvery: 1000 }),
    audit: startWriter({ path: path('audit'), tag: 'audit', linesPerSecond }),
  }
  return {
    sources: Object.keys(writers).map((tag) => ({
      tag,
      paths: tag === 'orders' ? [rotated, path(tag)] : [path(tag)],
    })),
    rotate: () => writers['orders']?.rotate(rotated),
    stop: () => {
      for (const writer of Object.values(writers)) writer.stop()
    },
  }
}
