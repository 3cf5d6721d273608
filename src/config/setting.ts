/** The shape of one declared setting and of a section's table; settings/ holds the tables, everything else reads them. */
import type { ValueType } from './value-type.ts'

export interface Setting<T> {
  readonly type: ValueType<T>
  /** As it would be typed in config.ini. */
  readonly default: string
  /** One line of plain English. */
  readonly help: string
  /** The same line in Chinese. */
  readonly zh: string
  /** Shown in the sample as a live line instead of the commented-out default. */
  readonly example?: string
  /** Its value is never shown. */
  readonly secret?: true
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>

export type ValuesOf<S extends SettingTable> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}
