/** Which kill comes next: points in turn, each sort of them as often as its moments come. */

import { accounting, bearing, beginning, burying, committing, leaving, type Order, sending } from './points.ts'

type Turn = { readonly sort: readonly string[]; readonly upTo: number; readonly leaving?: boolean } | 'random'

/** `upTo`: the latest occurrence that is waited for; checkpoints and sends come many times in a life. */
const turns: readonly Turn[] = [
  { sort: sending, upTo: 4 },
  { sort: committing, upTo: 4 },
  'random',
  { sort: bearing, upTo: 1 },
  { sort: leaving, upTo: 1, leaving: true },
  { sort: sending, upTo: 4 },
  { sort: committing, upTo: 4 },
]

export class Plan {
  readonly #random: () => number
  readonly #turns: readonly Turn[]
  /** What births need to happen: files that are new in a life. */
  readonly #hasBirths: boolean
  readonly #used = new Map<readonly string[], number>()
  #turn: number
  #minute = minuteNow()
  #torn = false

  /** @param hasLetters lines become dead letters */
  constructor(random: () => number, hasBirths: boolean, hasLetters: boolean) {
    this.#random = random
    this.#hasBirths = hasBirths
    this.#turns = hasLetters ? [...turns, { sort: burying, upTo: 2 }, { sort: burying, upTo: 2 }] : turns
    this.#turn = Math.floor(random() * this.#turns.length)
  }

  /** Null: killed at random, from outside. */
  next(): Order | null {
    // The state starts with a generation, and a torn write is followed by one.
    if (this.#torn) return this.#order({ sort: beginning, upTo: 1 })
    // Sessions roll over each minute, and the first life after it writes the manifest; one kill may leave it to the next.
    if (this.#minute !== minuteNow()) {
      if (this.#random() < 0.6) this.#minute = minuteNow()
      return this.#order({ sort: accounting, upTo: 1 })
    }
    const turn = this.#turns[this.#turn++ % this.#turns.length] ?? 'random'
    if (turn === 'random') return null
    return turn.sort === bearing && !this.#hasBirths ? null : this.#order(turn)
  }

  /** The kill that came of it; null: at random. */
  done(point: string | null): void {
    this.#torn = point === 'checkpoint-half-written' || point === 'births-half-written'
  }

  #order({ sort, upTo, leaving: isLeaving = false }: Exclude<Turn, 'random'>): Order {
    const used = this.#used.get(sort) ?? Math.floor(this.#random() * sort.length)
    this.#used.set(sort, used + 1)
    const point = sort[used % sort.length] ?? ''
    return { point, nth: 1 + Math.floor(this.#random() * upTo), ...(isLeaving && { leaving: true }) }
  }
}

function minuteNow(): number {
  return Math.floor(Date.now() / 60_000)
}
