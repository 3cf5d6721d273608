/** What somebody else did to a journal while the agent ran. */
import { PannierError } from '../support/errors.ts'

export const TAKEN_AWAY = 'it was taken away while Pannier ran'

export function vanished(path: string): PannierError {
  const hint = 'only Pannier may write in its state directory; all of the state is written anew'
  return new PannierError(`${path}: ${TAKEN_AWAY}`, { code: 'STATE_VANISHED', hint, retriable: true })
}

/** @param size bytes that it has, @param expected bytes that it was left with */
export function changed(path: string, size: number, expected: number): PannierError {
  return new PannierError(`${path} was changed by somebody else: ${size} bytes instead of ${expected}`, {
    code: 'STATE_CHANGED',
    hint: 'only Pannier may write in its state directory; the file is written anew',
    retriable: true,
  })
}
