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
  failing(what: string, kind: string, reason: string, hint: string | null = HINTS[kind] ?? null): void {
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

/** What a person can do, by the broker's word. */
const HINTS: Readonly<Record<string, string>> = {
  INVALID_TIMESTAMP:
    "compare this host's clock with the broker's: they differ by more than the topic's message.timestamp.after.max.ms or .before.max.ms",
  NOT_ENOUGH_REPLICAS: "bring brokers back: fewer replicas are in sync than the topic's min.insync.replicas",
  UNKNOWN_TOPIC_OR_PARTITION:
    'it is gone: create it again, or set create_topic = yes; what Kafka had taken before went with it (pannier rewind sends it again)',
  TOPIC_AUTHORIZATION_FAILED: 'allow it: kafka-acls.sh --add --allow-principal User:... --producer --topic TOPIC',
  UNSUPPORTED_COMPRESSION_TYPE:
    '[kafka_conf] compression is a codec that this broker does not know: zstd needs Kafka 2.1; take another one',
  POLICY_VIOLATION: "the cluster's own policy refuses it: its administrators know why",
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
