// A password or key that nothing prints by mistake: it has no property that a log, an inspection or JSON could show.

import { readFileSync } from 'node:fs'
import { PannierError, readable } from './errors.ts'

export class Secret {
  readonly #text: string
  /** The file that holds it; null for one that stands in the configuration itself. */
  readonly path: string | null

  private constructor(text: string, path: string | null) {
    this.#text = text
    this.path = path
  }

  static of(text: string): Secret {
    return new Secret(text, null)
  }

  static inFile(path: string): Secret {
    return new Secret('', path)
  }

  /** Of a file what is in it now, without the line end at its end. Throws SECRET_UNREADABLE. */
  reveal(): string {
    if (this.path === null) return this.#text
    const text = contentOf(this.path).replace(/\r?\n$/, '')
    if (text === '') throw unreadable(this.path, 'it is empty')
    return text
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, readable(error))
  }
}

const unreadable = (path: string, reason: string): PannierError =>
  new PannierError(`the secret in ${path} cannot be read: ${reason}`, {
    code: 'SECRET_UNREADABLE',
    hint: 'put it there, readable for the user that Pannier runs as; it is read again at the next try',
    retriable: true,
  })
