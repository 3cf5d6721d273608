// Whether a `.gz` holds a known file: its head, and the mark before the offset up to which that was read, are in it.

import { basename } from 'node:path'
import type { Catalogue } from './catalogue.ts'
import { isMadeOfFile, isNamedAfterFile } from './compressed-names.ts'
import { holdsMark } from './evidence.ts'
import { beginsWith, digestOf, HEAD_MAX, MARK_MAX } from './fingerprint.ts'
import type { Whole } from './gzip-proof.ts'
import type { Gzip, Gzips } from './gzips.ts'
import type { Handles } from './handles.ts'
import type { Position } from './position.ts'
import type { IdentifyParts } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/**
 * other: it holds something else, or nothing says so · undecided: not known yet · same: what was read of the file is in it ·
 * front: it was made of the file as it was earlier, and all that it holds was read
 */
export type Kinship = 'other' | 'undecided' | 'same' | 'front'

type Parts = Pick<IdentifyParts, 'handles'> & { readonly gzips: Gzips }

/** Asks for the proof that it needs. `isLost`: nothing else leads to the file's bytes, so that it must be told exactly. */
export async function kinship(
  file: TrackedFile,
  gzip: Gzip,
  { gzips, handles }: Parts,
  isLost = !isThere(file),
): Promise<Kinship> {
  if (!mayHold(gzip, file)) return 'other'
  const { cursor } = file
  const { whole } = gzip
  const asked = gzip.positions.get(file)
  if (whole !== null && asked !== undefined) {
    // The front of a file does not change: what it did not hold then, it does not now.
    const inside = asked.filter(({ offset }) => offset <= whole.size)
    if (inside.some((position) => !whole.agrees.has(position))) return 'other'
    if (cursor.offset > whole.size) return (await isFront(file, whole, inside, handles)) ? 'front' : 'other'
    const at = asked[0] as Position
    if (at.offset === cursor.offset) return whole.size >= file.readEnd ? 'same' : 'undecided'
    if (isTelling(at) && !isLost) return 'same'
  }
  // Nothing of it was read: soon there is more to compare.
  if (cursor.offset > 0 || isLost) gzips.prove(gzip, [file])
  return 'undecided'
}

/** By the marks of the file inside of it; or, as long as the file can be read, by its own last bytes in the file. */
async function isFront(
  file: TrackedFile,
  { size, mark }: Whole,
  inside: readonly Position[],
  handles: Handles,
): Promise<boolean> {
  if (inside.some(isTelling)) return true
  if (!isThere(file) || file.identity.packed !== undefined) return false
  const handle = await handles.of(file).catch(() => null)
  return handle !== null && (await holdsMark(handle, { offset: size, mark, carry: null }).catch(() => false))
}

function mayHold({ front, path }: Gzip, file: TrackedFile): boolean {
  const { head } = file.identity
  if (front === null || head.length === 0 || !beginsWith(front, head)) return false
  // No mark vouches for the place where bytes were given up.
  if (!isThere(file) && file.totals.abandoned > file.cutOff) return false
  if (isTelling(file.cursor)) return true
  // A neighbour may begin with the same header: where nothing is missing, its name has to say more.
  return (file.lag > 0 ? isNamedAfterFile : isMadeOfFile)(basename(path), file)
}

/** Head and mark cover different bytes; with fewer, files that begin with the same lines look alike. */
export const isTelling = ({ offset }: Position): boolean => offset >= HEAD_MAX + MARK_MAX

/** What the file was read from has not gone. */
export const isThere = ({ life }: TrackedFile): boolean => life !== 'gone' && life !== 'ended' && life !== 'displaced'

/** By the trailer of the `.gz`, which names the length of its last member: there is nothing in it that was not read. */
export function isReadAlready(file: TrackedFile, { front, lastSize }: Gzip): boolean {
  if (file.lag > 0 || front === null || file.size % 2 ** 32 !== lastSize) return false
  return file.identity.head.length > 0 && beginsWith(front, file.identity.head)
}

/** Known files by their heads, made once in a look. */
export class Heads {
  readonly #files = new Map<string, TrackedFile[]>()
  readonly #lengths = new Set<number>()

  constructor(catalogue: Catalogue) {
    for (const file of catalogue.all()) {
      const { length, hash } = file.identity.head
      if (length === 0) continue
      this.#lengths.add(length)
      const same = this.#files.get(`${length} ${hash}`)
      if (same === undefined) this.#files.set(`${length} ${hash}`, [file])
      else same.push(file)
    }
  }

  /** Those with whose heads `front` begins; that of which most was read comes first. */
  alike(front: Buffer): TrackedFile[] {
    const found: TrackedFile[] = []
    for (const length of this.#lengths) {
      if (length > front.length) continue
      found.push(...(this.#files.get(`${length} ${digestOf(front.subarray(0, length)).hash}`) ?? []))
    }
    return found.toSorted((a, b) => b.cursor.offset - a.cursor.offset)
  }
}
