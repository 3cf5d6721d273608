// Whether Kafka takes what it is given: one event for each change of state, not for each try.

export type HealthEvent =
  | { readonly name: 'kafka_degraded'; readonly what: string; readonly reason: string; readonly hint: string | null }
  | { readonly name: 'kafka_recovered'; readonly seconds: number }

export class Health {
  readonly #emit: (event: HealthEvent) => void
  readonly #monotonic: () => number
  readonly #failing = new Set<string>()
  /** Kinds of trouble that were named since all was well. */
  readonly #named = new Set<string>()
  #since = 0

  constructor(emit: (event: HealthEvent) => void, monotonic: () => number) {
    this.#emit = emit
    this.#monotonic = monotonic
  }

  get degraded(): boolean {
    return this.#failing.size > 0
  }

  /** @param what a partition or a topic; `kind` groups reasons that a person would call the same */
  failing(what: string, kind: string, reason: string, hint: string | null = null): void {
    if (this.#failing.size === 0) this.#since = this.#monotonic()
    this.#failing.add(what)
    if (this.#named.has(kind)) return
    this.#named.add(kind)
    this.#emit({ name: 'kafka_degraded', what, reason, hint })
  }

  well(what: string): void {
    if (!this.#failing.delete(what) || this.#failing.size > 0) return
    this.#named.clear()
    this.#emit({ name: 'kafka_recovered', seconds: Math.round((this.#monotonic() - this.#since) / 1000) })
  }
}

/** `NOT_ENOUGH_REPLICAS: ...` is a kind of its own, all trouble with connections is one. */
export function kindOf(reason: string): string {
  const type = /^[A-Z][A-Z_]+(?=:)/.exec(reason)?.[0]
  // A restarting broker gives these in turn with broken connections: for a person they are one state.
  if (type === undefined || TRANSIENT.has(type)) return 'unreachable'
  return type
}

const TRANSIENT = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'ECONNREFUSED',
])
