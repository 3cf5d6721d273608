// The bytes that dead letters hold, for a restore: which of them there are, and each part as the message that it never was.

import { type Decoded, decode } from '../message/decode.ts'
import type { DeadLetterSource } from '../proof/restore.ts'
import type { DeadLetter } from '../state/dead-letter.ts'
import type { LetterBox } from '../state/dead-letter-box.ts'
import type { Kept } from '../state/dead-letters.ts'
import { type Range, takeNew } from '../support/ranges.ts'

/** @param fills whether their bytes are put into the files */
export function deadSource(
  letters: { readonly box: LetterBox; readonly kept: readonly Kept[] } | null,
  fills: boolean,
): DeadLetterSource {
  const ranges = new Map<string, Range[]>()
  for (const { head } of letters?.kept ?? []) {
    const known = ranges.get(head.file_id) ?? []
    ranges.set(head.file_id, known)
    takeNew(known, head.offset, head.offset + head.length)
  }
  return { ranges, bytes: letters !== null && fills ? () => bytesIn(letters.box, letters.kept) : null }
}

async function* bytesIn(box: LetterBox, kept: readonly Kept[]): AsyncGenerator<Decoded> {
  for (const one of kept) yield* decodedFrom(await box.read(one))
}

/** A message that cannot be read, as an older version kept those of some formats, is left out. */
function decodedFrom(letter: DeadLetter): Decoded[] {
  if ('bytes' in letter) {
    const { file_id, filename, offset, length, session = null, charset } = letter
    const bytes = Buffer.from(letter.bytes, 'base64')
    return [{ fileId: file_id, filename, offset, length, session, charset, bytes }]
  }
  return letter.messages.flatMap((value, index) => {
    const verdict = decode({ value: Buffer.from(value, 'base64'), headers: letter.headers?.[index] ?? {} })
    return verdict.kind === 'message' ? [verdict.message] : []
  })
}
