// A copy made piece by piece, as `copytruncate` makes it while rounds go on.

import fs from 'node:fs'

/** Copies bytes `[from, to)` of one file to the end of another, which is made when it is not there. */
export function copyPiece(source: string, target: string, from: number, to: number): void {
  fs.appendFileSync(target, fs.readFileSync(source).subarray(from, to))
}
