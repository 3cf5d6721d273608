/** One broker of ours, as tests see it: killed, frozen and started again at its address with its data. */

import type { ProxiedListener } from './properties.ts'

export interface KafkaNode {
  readonly id: number
  /** Where clients connect, the same for the whole life of the node. */
  readonly address: string
  /** Where a proxy belongs between it and its clients; null unless asked for. */
  readonly proxied: ProxiedListener | null
  /** null while it is down. */
  readonly pid: number | null
  /** Sends a signal; after SIGKILL it resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Resolves when the broker answers again. */
  start(): Promise<void>
  /** An orderly end; what does not end in 20 s is killed. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly nodes?: 1 | 3
  /** Broker settings that replace or add to ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** `num.partitions` of topics that are created without a number. */
  readonly partitionsDefault?: number
  /** Each node gets a second listener, for clients that come through a proxy. */
  readonly proxied?: boolean
  /** Further listeners, by name with their security protocol; only where the broker is a Java process. */
  readonly listeners?: Readonly<Record<string, string>>
  /** The host name under which they are advertised; default: 127.0.0.1. */
  readonly host?: string
  /** Further arguments of `kafka-storage.sh format`, e.g. the SCRAM users. */
  readonly format?: readonly string[]
  /** Further flags of the JVM. */
  readonly flags?: readonly string[]
}

export interface Cluster {
  readonly brokers: string[]
  readonly nodes: readonly KafkaNode[]
  /** Addresses of the further listeners, by name. */
  readonly listeners?: Readonly<Record<string, readonly string[]>>
  readonly kind: 'given' | 'java' | 'docker'
  /** Ends the brokers and removes all that they wrote. */
  stop(): Promise<void>
}

export const startTimeout = 120_000

export function lastLines(text: string, count = 20): string {
  return text.trim().split('\n').slice(-count).join('\n')
}
