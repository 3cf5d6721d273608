// The charset of one file: of one in `utf-16` its own first bytes tell more than the setting does.

import { withScratch } from '../support/scratch.ts'
import { type Charset, charsetOfFile } from '../text/charset.ts'
import type { OpenFile } from './disk.ts'

/** Bytes of one. */
export const BYTE_ORDER_MARK = 2
const NOTHING = Buffer.alloc(0)

/** @param setting `charset` of its input. Rejects with the system's error. */
export async function fileCharset(setting: string, handle: OpenFile): Promise<Charset> {
  if (setting !== 'utf-16') return charsetOfFile(setting, NOTHING)
  return withScratch(BYTE_ORDER_MARK, async (bytes) => {
    const came = await handle.read(bytes, 0, BYTE_ORDER_MARK, 0)
    return charsetOfFile(setting, bytes.subarray(0, came))
  })
}
