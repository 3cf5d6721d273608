// What the world does between two calls of the agent: writers write, rotate, truncate and delete; disks, brokers and clocks fail.

import type { Weather } from './broker.ts'
import { compress, copyOnly, copyTruncate, leaveHole } from './copies.ts'
import type { Scene } from './scene.ts'

type Action = (scene: Scene) => string

const PATHS = ['/logs/a.log', '/logs/b.log', '/logs/sub/c.log', '/logs/s.log']
const PLACES = new Map([['/logs/s.log', '/data/s.log']])
const LINKS = ['/logs/link.log', '/logs/link.txt']
const FOLDERS = ['/logs', '/logs/sub', '/data']

/** How often the world just writes. */
const WRITES = 0.4
/** How often what happens happens to what the agent just asked for. */
const RACES = 0.4
const WRITING = ['append', 'append', 'append', 'unfinished', 'long', 'strange'] as const

const ACTIONS: Readonly<Record<string, Action>> = {
  append: (scene) => write(scene, scene.writers.lines()),
  unfinished: (scene) => write(scene, scene.writers.unfinished()),
  long: (scene) => write(scene, scene.writers.longLine()),
  strange: (scene) => write(scene, scene.writers.strange()),
  poison: (scene) => write(scene, scene.writers.poison()),
  appendLeft: ({ kernel, files, writers }) => {
    // Nobody writes lines into what gzip made.
    const left = files.left.filter(({ content }) => content.unpacked === null)
    if (left.length === 0) return 'nothing was left'
    const inode = files.appendTo(kernel.random.pick(left), writers.lines())
    return `to inode ${inode.ino}, links ${inode.links}, now ${inode.content.length}`
  },
  rotate: (scene) => rotate(scene, placeOf(scene)),
  rotateTwice: (scene) => {
    const place = placeOf(scene)
    rotate(scene, place)
    writeTo(scene, place, scene.writers.lines())
    return rotate(scene, place)
  },
  rotateDated: (scene) => {
    const place = placeOf(scene)
    if (scene.files.isHidden(place)) return 'hidden'
    const dated = `${place}-20261121-${scene.files.newest}`
    scene.files.rename(place, dated)
    return `${dated}${scene.kernel.random.chance(0.5) ? ` ${writeTo(scene, place, scene.writers.lines())}` : ''}`
  },
  copyTruncate: (scene) => copyTruncate(scene, placeOf(scene)),
  copyOnly: (scene) => copyOnly(scene, placeOf(scene)),
  hole: (scene) => leaveHole(scene, placeOf(scene)),
  compress: (scene) => compress(scene, `${placeOf(scene)}.1`),
  truncate: (scene) => {
    const place = placeOf(scene)
    scene.files.truncate(place)
    return place
  },
  refill: (scene) => refill(scene, scene.kernel.random.between(-50, 600)),
  rewrite: (scene) => refill(scene, 0),
  forge: (scene) => {
    const place = placeOf(scene)
    const { files, writers } = scene
    if (files.isHidden(place)) return 'hidden'
    const bytes = Buffer.from(files.inodeAt(place)?.content.bytes ?? '')
    files.truncate(place)
    // The end stays as it was, so that only the head tells.
    writers.sign(bytes)
    files.append(place, Buffer.concat([bytes, writers.lines()]))
    return `${place} ${bytes.length} bytes with another head`
  },
  remove: (scene) => {
    const place = scene.kernel.random.pick([placeOf(scene), `${placeOf(scene)}.1`])
    if (!scene.files.isHidden(place)) scene.files.remove(place)
    return place
  },
  replace: (scene) => {
    const place = placeOf(scene)
    if (scene.files.isHidden(place)) return 'hidden'
    scene.files.remove(place)
    return writeTo(scene, place, scene.writers.lines())
  },
  link: ({ kernel, files }) => {
    const link = kernel.random.pick(LINKS)
    if (files.names.has(link)) files.remove(link)
    else files.link('/logs/a.log', link)
    return link
  },
  blind: (scene) => lasting(scene, (folder) => toggle(scene.files.blind, folder)),
  unmount: (scene) => lasting(scene, (folder) => toggle(scene.files.unmounted, folder)),
  lock: (scene) => {
    const path = scene.kernel.random.pick(PATHS)
    return forAWhile(scene, path, toggle(scene.files.locked, path))
  },
  readFault: (scene) => forAWhile(scene, 'EIO', dial(scene.files, 'readFault', 0.3)),
  full: (scene) => forAWhile(scene, 'ENOSPC', dial(scene.state, 'full', true)),
  syncFault: (scene) => forAWhile(scene, 'EIO', dial(scene.state, 'syncFault', 0.4)),
  refuse: (scene) => weather(scene, 'refuse'),
  silent: (scene) => weather(scene, 'silent'),
  slow: (scene) => weather(scene, 'slow'),
  invalid: (scene) => forAWhile(scene, 'INVALID_RECORD', dial(scene.broker, 'invalid', 0.1)),
  lostAck: (scene) => forAWhile(scene, 'acks', dial(scene.broker, 'lostAck', 0.3)),
  factsFault: (scene) => forAWhile(scene, 'facts', dial(scene.broker, 'factsFault', 0.8)),
  limit: ({ kernel, broker }) => {
    broker.limit = kernel.random.between(1_100, 4_096)
    broker.tellsLimit = kernel.random.chance(0.6)
    return `${broker.limit} ${broker.tellsLimit ? 'told' : 'not told'}`
  },
  partitions: ({ broker }) => `${(broker.partitions += broker.partitions < 5 ? 1 : 0)}`,
  takeOut: ({ state }) => `${state.takeOut()} letters`,
  crash: ({ process }) => said(process.crash()),
  kill: ({ process }) => said(process.kill()),
  reboot: ({ process, files }) => {
    process.crash()
    files.renumber()
    return `devices are ${files.dev} now`
  },
  leave: ({ process }) => said(process.leave(false)),
  reload: ({ process }) => said(process.leave(true)),
  nudge: ({ process }) => said(process.nudge()),
  clock: ({ kernel }) => {
    const by = kernel.random.pick([-7_200_000, -600_000, -2_000, 2_000, 600_000, 3 * 86_400_000])
    kernel.clock.offset += by
    return `${by} ms`
  },
  rollover: ({ kernel }) => {
    const day = 86_400_000
    kernel.clock.offset += day - (kernel.clock.wall % day) - 20
    return 'soon'
  },
  idle: ({ kernel }) => {
    kernel.clock.creep(kernel.random.between(100, 4_000))
    return ''
  },
}

/** Behind these the contract's finer promises are not asked for. */
const MISLEADING = new Set(['blind', 'unmount', 'lock', 'readFault', 'reboot', 'clock', 'rollover', 'link'])

export const KINDS = Object.keys(ACTIONS)

export function actOnce(scene: Scene): void {
  const { kernel, settings } = scene
  const kind = kernel.random.chance(WRITES) ? kernel.random.pick(WRITING) : draw(scene, settings.wants)
  kernel.steps++
  if (MISLEADING.has(kind)) kernel.misled = true
  kernel.note(`${kind} ${(ACTIONS[kind] as Action)(scene)}`)
}

/** All that can be wrong is right again. */
export function calmDown({ files, state, broker, jobs }: Scene): void {
  for (const finish of jobs) finish()
  for (const set of [files.blind, files.unmounted, files.locked]) set.clear()
  broker.weather.length = 0
  Object.assign(files, { readFault: 0 })
  Object.assign(state, { full: false, syncFault: 0 })
  state.takeOut(true)
  Object.assign(broker, { invalid: 0, lostAck: 0, factsFault: 0 })
}

export function firstFiles({ files }: Scene): void {
  for (const [path, place] of PLACES) files.symlink(place, path)
}

function draw({ kernel }: Scene, wants: Readonly<Record<string, number>>): string {
  let sum = 0
  for (const kind of KINDS) sum += wants[kind] ?? 0
  let left = kernel.random.next() * sum
  for (const kind of KINDS) {
    const weight = wants[kind] ?? 0
    if (weight > 0 && (left -= weight) < 0) return kind
  }
  return 'append'
}

const placeOf = ({ kernel }: Scene): string => {
  const { asked, random } = kernel
  const path = PATHS.includes(asked) && random.chance(RACES) ? asked : random.pick(PATHS)
  return PLACES.get(path) ?? path
}

function write(scene: Scene, bytes: Buffer): string {
  return writeTo(scene, placeOf(scene), bytes)
}

function writeTo({ files, settings, writers }: Scene, place: string, bytes: Buffer): string {
  if (files.isHidden(place)) return `${place} is hidden`
  if ((files.inodeAt(place)?.content.length ?? 0) === 0 && settings.header !== '')
    files.append(place, writers.encoded(settings.header))
  const { ino, content } = files.append(place, bytes)
  return `${place} ${bytes.length} bytes, inode ${ino} content ${content.number} now ${content.length}`
}

function rotate(scene: Scene, place: string): string {
  const { files, kernel } = scene
  if (files.isHidden(place)) return 'hidden'
  files.rename(`${place}.1`, `${place}.2`)
  files.rename(place, `${place}.1`)
  return kernel.random.chance(0.5) ? writeTo(scene, place, scene.writers.lines()) : place
}

/** Other bytes in the same inode, so many more than before. */
function refill(scene: Scene, more: number): string {
  const place = placeOf(scene)
  const { files, writers } = scene
  const was = files.inodeAt(place)?.content.length ?? 0
  files.truncate(place)
  writeTo(scene, place, writers.lines())
  for (let left = 1; left > 0 && !files.isHidden(place); ) {
    left = was + more - (files.inodeAt(place)?.content.length ?? 0)
    if (left > 0) files.append(place, writers.lines().subarray(0, left + (left % files.ends.unit)))
  }
  return `${place} from ${was} to ${files.inodeAt(place)?.content.length}`
}

function lasting(scene: Scene, start: (folder: string) => () => void): string {
  const folder = scene.kernel.random.pick(FOLDERS)
  return forAWhile(scene, folder, start(folder))
}

function toggle(set: Set<string>, member: string): () => void {
  set.add(member)
  return () => void set.delete(member)
}

function dial<T extends object, K extends keyof T>(of: T, name: K, value: T[K]): () => void {
  const before = of[name]
  of[name] = value
  return () => {
    if (of[name] === value) of[name] = typeof before === 'number' ? (0 as T[K]) : (false as T[K])
  }
}

function weather(scene: Scene, kind: Weather): string {
  const { broker, kernel } = scene
  const partition = kernel.random.between(0, broker.partitions - 1)
  broker.weather[partition] = kind
  return forAWhile(scene, `partition ${partition}`, () => void (broker.weather[partition] = 'fair'))
}

function forAWhile({ kernel }: Scene, what: string, end: () => void): string {
  const ms = kernel.random.pick([50, 400, 3_000, 8_000])
  kernel.clock.after(ms, end)
  return `${what} for ${ms} ms`
}

const said = (_nothing: void): string => ''
