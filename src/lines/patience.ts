// How much of a file's end is shipped, and what waits for more. Pure.

/** In order: whole events, whole lines, all. */
export type Patience = 'wait' | 'lines' | 'partial'

const ORDER: readonly Patience[] = ['wait', 'lines', 'partial']

/** `a` leaves more waiting than `b`. */
export const isLess = (a: Patience, b: Patience): boolean => ORDER.indexOf(a) < ORDER.indexOf(b)
