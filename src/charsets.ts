// Beside the turns: which charset each file has (only of those in `utf-16` must it be read, and once), and what of it is no text.

import type { OpenFile } from './files/disk.ts'
import { BYTE_ORDER_MARK, fileCharset } from './files/file-charset.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import type { Piece } from './lines/chunk.ts'
import type { Emit } from './observe/events.ts'
import { type Charset, charsetNamed } from './text/charset.ts'

export class Charsets {
  readonly #known = new WeakMap<TrackedFile, Charset>()
  readonly #told = new WeakSet<TrackedFile>()

  /** What could not be text is counted as it is shipped; of each file it is said once. */
  note(file: TrackedFile, charset: Charset, { offset, piece }: { offset: number; piece: Piece }, emit: Emit): void {
    if (piece.encoding === 'text') return
    emit({ name: 'bytes_encoded', file, offset, bytes: piece.bytes })
    if (this.#told.has(file)) return
    this.#told.add(file)
    emit({ name: 'not_text', file, charset: charset.name, offset })
  }

  /** Null where the file has to be asked. @param setting `charset` of its input */
  known(setting: string, file: TrackedFile): Charset | null {
    return charsetNamed(setting) ?? this.#known.get(file) ?? null
  }

  /** Rejects with the system's error. */
  async ask(setting: string, file: TrackedFile, handle: OpenFile): Promise<Charset> {
    const charset = await fileCharset(setting, handle)
    // Its first character may not be whole yet.
    if (file.size >= BYTE_ORDER_MARK) this.#known.set(file, charset)
    return charset
  }
}
