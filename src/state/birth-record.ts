// A birth as the state holds it: plain JSON, readable with ordinary tools.

import type { Birth } from './births.ts'

/** Numbers of 64 bits are text. */
export interface StoredBirth {
  readonly id: string
  readonly input: string
  readonly path: string
  readonly place?: string | undefined
  readonly topic: string
  readonly partition: number | null
  readonly start: number
  readonly hole?: number | undefined
  readonly at: number
  readonly dev: string
  readonly ino: string
  /** Birth time of the inode, nanoseconds since the epoch. */
  readonly born: string
  readonly head: { readonly length: number; readonly hash: string }
  readonly form?: 'gzip' | undefined
  readonly copyOf?: string | undefined
}

// Both name every property: objects that are made by spreading others are made slowly, and with a shape of their own each.

export function storeBirth(birth: Birth): StoredBirth {
  const { id, input, path, place, topic, partition, start, hole, at, identity, form, copyOf } = birth
  const { dev, ino, birth: born, head } = identity
  return {
    id,
    input,
    path,
    place,
    topic,
    partition,
    start,
    hole,
    at,
    dev: String(dev),
    ino: String(ino),
    born: String(born),
    head,
    form,
    copyOf,
  }
}

export function readBirth(stored: StoredBirth): Birth {
  const { id, path, place, partition, start, hole, at, form, copyOf } = stored
  const identity = {
    dev: deviceOf(stored.dev),
    ino: BigInt(stored.ino),
    birth: BigInt(stored.born),
    head: stored.head,
  }
  const birth = { id, input: once(stored.input), path, topic: once(stored.topic), partition, start, at, identity }
  const isPlain = place === undefined && hole === undefined && form === undefined && copyOf === undefined
  return isPlain ? birth : Object.assign(birth, defined({ place, hole, form, copyOf }))
}

/** Without what is not there. */
function defined<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

const texts = new Map<string, string>()
const devices = new Map<string, bigint>()
/** More than that are made of the files' names: what is kept must not grow with them. */
const TEXTS_AT_MOST = 1_000

/** A hundred thousand files have few topics, inputs and devices among them: each is kept once. */
function once(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  if (texts.size < TEXTS_AT_MOST) texts.set(text, text)
  return text
}

export function deviceOf(text: string): bigint {
  let device = devices.get(text)
  if (device === undefined) {
    device = BigInt(text)
    if (devices.size < TEXTS_AT_MOST) devices.set(text, device)
  }
  return device
}
