// What a line is held against: a pattern in linear time whatever it is and whatever the line holds, since RE2 never goes back
// (docs/decisions/0021-patterns.md).

import { RE2JS } from 're2js'

export class Pattern {
  /** As the user typed it. */
  readonly source: string
  /** Private: a frozen configuration does not freeze what it remembers of lines. */
  readonly #regex: RE2JS

  /** @param regex in RE2's syntax. Throws what RE2 finds wrong with it. */
  constructor(source: string, regex: string) {
    this.source = source
    this.#regex = RE2JS.compile(regex)
  }

  /** Anywhere in the text. */
  isIn(text: string): boolean {
    return this.#regex.test(text)
  }
}
