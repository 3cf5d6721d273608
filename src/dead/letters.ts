// Dead letters as a person means them: one for each refused message, one for each long line, in however many parts it is kept. Pure.

import type { LetterHead } from '../state/dead-letter.ts'
import type { Kept } from '../state/dead-letters.ts'

export interface Letter {
  readonly head: LetterHead
  /** Of the first part, as it was written. */
  readonly time: string
  readonly offset: number
  readonly length: number
  /** In their order, each beginning at or before the end of the one before it. */
  readonly parts: readonly Kept[]
  /** Also those that a crash left besides. */
  readonly all: readonly Kept[]
  /** All of the line is there. */
  readonly whole: boolean
}

/** In the order in which they were buried. */
export function lettersOf(kept: readonly Kept[]): Letter[] {
  const groups = new Map<string, Kept[]>()
  for (const one of kept) {
    const { file_id, line, offset, length } = one.head
    const key = line === undefined ? `${file_id}/${offset}/${length}` : `${file_id} ${line}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()].map(letterOf)
}

function letterOf(all: readonly Kept[]): Letter {
  const [first] = all as readonly [Kept, ...Kept[]]
  const offset = first.head.line ?? first.head.offset
  const parts = chainFrom(offset, all)
  const last = parts.at(-1) ?? first
  const end = last.head.offset + last.head.length
  const whole = first.head.line === undefined || (parts.length > 0 && last.head.last === true)
  return { head: first.head, time: first.time, offset, length: end - offset, parts, all, whole }
}

/** After a crash a line may have been cut elsewhere: parts that hold it without a gap, the longest first. */
function chainFrom(offset: number, all: readonly Kept[]): Kept[] {
  const chain: Kept[] = []
  for (let at = offset; ; ) {
    const next = all
      .filter(({ head }) => head.offset <= at && head.offset + head.length > at)
      .toSorted((a, b) => b.head.offset + b.head.length - a.head.offset - a.head.length)[0]
    if (next === undefined) return chain
    chain.push(next)
    at = next.head.offset + next.head.length
  }
}

export interface Choice {
  /** A path, or a file id or its first digits. */
  readonly file?: string | undefined
  readonly offset?: number | undefined
  readonly session?: string | undefined
  readonly topic?: string | undefined
}

export const isChosen = ({ head, offset }: Letter, { file, offset: at, session, topic }: Choice): boolean =>
  (file === undefined || head.filename === file || (ID.test(file) && head.file_id.startsWith(file))) &&
  (at === undefined || offset === at) &&
  (session === undefined || head.session === session || head.session?.startsWith(`${session}.`) === true) &&
  (topic === undefined || head.topic === topic)

const ID = /^[0-9a-f]{4,32}$/
