/** The files that are shipped: lines of 170 bytes, each with an id that no other line has. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type LineOptions, lineBytes } from '../tools/oracle/lines.ts'
import { writeLines } from '../tools/oracle/writer.ts'

export const tag = 'bench'
const filesPerFolder = 1000

export interface Workload {
  readonly folder: string
  /** For agents that expand globs: all files. */
  readonly glob: string
  readonly paths: readonly string[]
  readonly lines: number
  readonly bytes: number
}

/** `bytes` in `files` of the same size, each with a line at least. */
export function writeWorkload(parent: string, files: number, bytes: number, options: LineOptions = {}): Workload {
  const folder = join(parent, 'input')
  const perFile = Math.max(1, Math.round(bytes / files / lineBytes))
  const paths = Array.from({ length: files }, (_, index) => {
    const inside = join(folder, `service-${Math.floor(index / filesPerFolder)}`)
    if (index % filesPerFolder === 0) mkdirSync(inside, { recursive: true })
    const path = join(inside, `application-${index}.log`)
    writeLines({ ...options, path, tag, from: index * perFile, count: perFile })
    return path
  })
  const lines = files * perFile
  return { folder, glob: join(folder, '*', '*.log'), paths, lines, bytes: lines * lineBytes }
}
