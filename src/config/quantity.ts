/** The types of settings that carry a unit: durations become milliseconds, sizes become bytes. */
import type { Parsed, ValueType } from './value-type.ts'

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** Limits are given as they would be typed, so that the reference page and the messages show them so. */
export function duration(min: string, max: string): ValueType<number> {
  const limits = { min, max, least: toDuration(min) ?? 0, most: toDuration(max) ?? 0 }
  return {
    name: 'duration',
    rule: `${min} to ${max}`,
    parse(text) {
      const value = toDuration(text)
      if (value === null) return { refused: 'not a duration', hint: 'e.g. 500ms, 5s, 2m, 1h, 1d' }
      if (!/[a-z]/.test(text) && value > 86_400_000) {
        return {
          refused: 'a bare number is seconds, and this is more than a day',
          hint: 'write the unit, e.g. 500ms, 2d',
        }
      }
      return within(value, limits)
    },
  }
}

export function size(min: string, max: string): ValueType<number> {
  const limits = { min, max, least: toSize(min) ?? 0, most: toSize(max) ?? 0 }
  return {
    name: 'size',
    rule: `${min} to ${max}`,
    parse(text) {
      const value = toSize(text)
      if (value === null)
        return { refused: 'not a size', hint: 'e.g. 65536, 900KB of 1000 bytes each, 1MiB of 1024 KiB' }
      return within(value, limits)
    },
  }
}

function within(value: number, limits: { min: string; max: string; least: number; most: number }): Parsed<number> {
  if (value < limits.least) return { refused: 'too small', hint: `at least ${limits.min}` }
  return value > limits.most ? { refused: 'too large', hint: `at most ${limits.max}` } : { value }
}

function toDuration(text: string): number | null {
  return quantity(text, /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/, milliseconds, 's')
}

function toSize(text: string): number | null {
  return quantity(text.toLowerCase(), /^(\d+(?:\.\d+)?)\s*(b|[kmg]i?b)?$/, bytes, 'b')
}

function quantity(text: string, form: RegExp, units: Readonly<Record<string, number>>, bare: string): number | null {
  const match = form.exec(text)
  return match === null ? null : Math.round(Number(match[1]) * (units[match[2] ?? bare] ?? 1))
}
