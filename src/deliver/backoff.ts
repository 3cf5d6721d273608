// How long to wait before a try is repeated: longer each time, with jitter, up to a cap. Pure.

const FIRST_MS = 100
const CAP_MS = 5_000

/** Milliseconds before the next try after `failures` >= 1 failures in a row; `random` in [0, 1). */
export function backoff(failures: number, random: number): number {
  const full = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16))
  return full / 2 + (full / 2) * random
}
