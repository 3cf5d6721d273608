// Which files are a spool's own to rename and to delete: those in the folders that its input names, not where links among them lead.

import { dirname, join, relative } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Disk } from '../files/disk.ts'

/** What is a glob, or a date, and no name. */
const VARIES = /[*?[\]{}()!+@\\]/

/** The input's own folder may be a link, since its user wrote that down; from there on there is none on the way from `path` to `place`. */
export function liesIn(disk: Disk, { inputpath }: InputConfig, path: string, place: string): boolean {
  return inputpath.some((entry) => {
    const base = baseOf(disk, entry)
    if (!path.startsWith(base === '/' ? base : `${base}/`)) return false
    const folder = disk.resolve(base)
    return folder !== null && join(folder, relative(base, path)) === place
  })
}

function baseOf(disk: Disk, entry: string): string {
  const path = entry.replace(/(?<=.)\/+$/, '')
  if (isFolder(disk, path)) return path
  const parts = dirname(path).split('/')
  const end = parts.findIndex((part) => VARIES.test(part))
  return (end < 0 ? parts : parts.slice(0, end)).join('/') || '/'
}

function isFolder(disk: Disk, path: string): boolean {
  try {
    return disk.peek(path)?.kind === 'folder'
  } catch {
    return false
  }
}
