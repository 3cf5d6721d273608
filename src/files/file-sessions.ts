// A file's books of the sessions whose manifests are not written yet: nearly always one, so that a map, or even an array, for each
// of a hundred thousand files would cost more than what is in it.

import { type FileSession, newFileSession } from './accounts.ts'

const NONE: readonly FileSession[] = []

export class FileSessions {
  /** In the order in which they were opened. One stands for itself. */
  #books: FileSession | readonly FileSession[]

  constructor(books: readonly FileSession[]) {
    this.#books = packed(books)
  }

  get size(): number {
    return this.values().length
  }

  values(): readonly FileSession[] {
    return 'session' in this.#books ? [this.#books] : this.#books
  }

  get(session: string): FileSession | undefined {
    return this.values().find((book) => book.session === session)
  }

  has(session: string): boolean {
    return this.get(session) !== undefined
  }

  /** Opened when there are none. */
  open(session: string): FileSession {
    const known = this.get(session)
    if (known !== undefined) return known
    const book = newFileSession(session)
    this.#books = packed([...this.values(), book])
    return book
  }

  /** Returns whether there were any. */
  delete(session: string): boolean {
    if (!this.has(session)) return false
    this.#books = packed(this.values().filter((book) => book.session !== session))
    return true
  }
}

const packed = (books: readonly FileSession[]): FileSession | readonly FileSession[] =>
  books.length === 0 ? NONE : books.length === 1 ? (books[0] as FileSession) : books
