// Copies as the world makes them: by logrotate's copytruncate, by hand, bit by bit, and by gzip; and holes that a writer leaves.

import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Content, Inode } from './content.ts'
import type { Scene } from './scene.ts'

/** Names that a copy is given: those of logrotate, of `dateext`, one that globs match as a log of its own, and others. */
const NAMES: readonly ((base: string, number: number) => string)[] = [
  (base) => `${base}.1`,
  (base) => `${base}.1`,
  (base, number) => `${base}-20261120${String(number).padStart(3, '0')}`,
  (base) => `${base}.bak`,
  (base, number) => base.replace('.log', `-copy${number}.log`),
]

/** Copies a file beside it and truncates it: what is written between the last piece and the truncation is lost. */
export function copyTruncate(scene: Scene, place: string): string {
  const inode = scene.files.inodeAt(place)
  if (inode === null || scene.files.isHidden(place)) return 'nothing is there'
  return copy(scene, place, inode, (made) => {
    const { content } = inode
    content.fate = 'truncated'
    scene.files.truncateInode(inode)
    if (made.inode.links > 0 && made.inode.content === made) content.copy = made
  })
}

/** The original goes on as it was. */
export function copyOnly(scene: Scene, place: string): string {
  const inode = scene.files.inodeAt(place)
  if (inode === null || scene.files.isHidden(place)) return 'nothing is there'
  return copy(scene, place, inode, () => {})
}

function copy(scene: Scene, place: string, from: Inode, done: (made: Content) => void): string {
  const { files, kernel } = scene
  const { random } = kernel
  const name = random.pick(NAMES)(basename(place), files.newest)
  const to = join(dirname(place), name)
  if (name.endsWith('.1')) files.rename(to, `${place}.2`)
  files.remove(to)
  const { content: made } = files.append(to, Buffer.alloc(0))
  const { content: original } = from
  made.original = original
  const isSlow = random.chance(0.5)
  const step = (): boolean => {
    // Somebody truncated it, or the copy, meanwhile.
    if (from.content !== original || made.inode.content !== made) return true
    const left = original.length - made.copied
    const piece = isSlow ? random.between(1, Math.max(1, left)) : left
    files.appendTo(made.inode, original.bytes.subarray(made.copied, made.copied + piece))
    made.copied = Math.min(original.length, made.copied + piece)
    if (made.copied < original.length) return false
    if (made.length !== made.copied) return true
    kernel.note(`copied inode ${from.ino} to ${made.inode.ino} ${to}, ${made.copied} bytes`)
    done(made)
    return true
  }
  run(scene, step, isSlow ? 150 : 0)
  return `${place} inode ${from.ino} to ${to} inode ${made.inode.ino}`
}

/** The writer has no O_APPEND: it goes on where it stood, in a file that was truncated under it. */
export function leaveHole(scene: Scene, place: string): string {
  const { files, kernel, writers } = scene
  const inode = files.inodeAt(place)
  if (inode === null || files.isHidden(place) || inode.content.length === 0) return 'nothing is there'
  const { length: size, shipped } = inode.content
  files.truncateInode(inode)
  const { content } = inode
  const write = (): boolean => {
    if (inode.content !== content || content.length > 0) return true
    content.hole = size
    content.isToldHole = shipped
    files.appendTo(inode, Buffer.concat([Buffer.alloc(size), writers.lines()]))
    return true
  }
  if (kernel.random.chance(0.5)) write()
  else later(scene, write, 100)
  return `${place} inode ${inode.ino}, ${size} bytes`
}

/** As `gzip` does it: the compressed file grows, then the source goes. */
export function compress(scene: Scene, place: string): string {
  const { files, kernel } = scene
  const inode = files.inodeAt(place)
  if (inode === null || files.isHidden(place)) return 'nothing is there'
  const to = `${place}.gz`
  files.remove(to)
  const packed = gzipSync(inode.content.bytes)
  const { original, length } = { original: inode.content, length: inode.content.length }
  const { content: made } = files.append(to, Buffer.alloc(0))
  made.unpacked = original
  const step = (): boolean => {
    if (made.inode.content !== made) return true
    const piece = kernel.random.between(1, packed.length)
    files.appendTo(made.inode, packed.subarray(made.length, made.length + piece))
    if (made.length < packed.length) return false
    if (inode.content !== original || original.length !== length) return true
    if (files.inodeAt(place) === inode) files.remove(place)
    original.packed = made
    original.packedLength = length
    return true
  }
  run(scene, step, 100)
  return `${place} inode ${inode.ino}, ${length} bytes to ${packed.length}`
}

/** Now, or bit by bit; a calm world does the rest at once. */
function run(scene: Scene, step: () => boolean, ms: number): void {
  if (ms > 0) later(scene, step, ms)
  else while (!step());
}

function later(scene: Scene, step: () => boolean, ms: number): void {
  const { kernel, jobs } = scene
  const finish = (): void => {
    jobs.delete(finish)
    while (!step());
  }
  jobs.add(finish)
  const tick = (): void => {
    if (!jobs.has(finish)) return
    if (step()) jobs.delete(finish)
    else kernel.clock.after(kernel.random.between(0, ms), tick)
  }
  kernel.clock.after(kernel.random.between(0, ms), tick)
}
