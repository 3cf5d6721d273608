// A file's books of the sessions whose manifests are not written yet: nearly always one, so that a map for each of a hundred
// thousand files would cost more than what is in it.

import { type FileSession, newFileSession } from './accounts.ts'

const NONE: readonly FileSession[] = []

export class FileSessions {
  /** In the order in which they were opened. */
  #books: readonly FileSession[]

  constructor(books: readonly FileSession[]) {
    this.#books = books.length === 0 ? NONE : books
  }

  get size(): number {
    return this.#books.length
  }

  values(): Iterable<FileSession> {
    return this.#books
  }

  get(session: string): FileSession | undefined {
    return this.#books.find((book) => book.session === session)
  }

  has(session: string): boolean {
    return this.get(session) !== undefined
  }

  /** Opened when there are none. */
  open(session: string): FileSession {
    const known = this.get(session)
    if (known !== undefined) return known
    const book = newFileSession(session)
    this.#books = [...this.#books, book]
    return book
  }

  /** Returns whether there were any. */
  delete(session: string): boolean {
    if (!this.has(session)) return false
    const left = this.#books.filter((book) => book.session !== session)
    this.#books = left.length === 0 ? NONE : left
    return true
  }
}
