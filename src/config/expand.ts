/** Puts environment variables into values: `${VAR}`, `${VAR:-default}`; `$${` stands for a literal `${`. */
import type { Parsed } from './value-type.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export function expand(text: string, env: Environment): Parsed<string> {
  const refusals: Array<{ refused: string; hint: string }> = []
  const value = text.replaceAll(/\$\$\{|\$\{([^}]*)(\}?)/g, (reference: string, body?: string, end?: string) => {
    if (body === undefined) return '${'
    const found = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(body)
    if (found === null || end === '') {
      refusals.push({ refused: `${reference} is no reference to a variable`, hint: 'write $${ for a literal ${' })
      return ''
    }
    const [, name = '', fallback] = found
    const known = lookUp(env, name, fallback)
    if (known === undefined) {
      refusals.push({ refused: `the environment has no ${name}`, hint: `set it, or write \${${name}:-default}` })
    }
    return known ?? ''
  })
  return refusals[0] ?? { value }
}

/** As in a shell, the default after `:-` also stands in for an empty variable. */
function lookUp(env: Environment, name: string, fallback: string | undefined): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  return fallback === undefined ? value : value || fallback
}
