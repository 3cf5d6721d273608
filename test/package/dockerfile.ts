/** Reads a Dockerfile as far as its own tests need it: stages with their instructions, and what .dockerignore lets through. */

interface Instruction {
  readonly word: string
  readonly rest: string
}

export interface Stage {
  readonly base: string
  readonly name: string | null
  readonly instructions: readonly Instruction[]
}

export function stagesOf(dockerfile: string): Stage[] {
  const text = dockerfile.replaceAll(/^\s*#.*\n/gm, '').replaceAll('\\\n', ' ')
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = []
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? []
    const from = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest)
    if (word === 'FROM') stages.push({ base: from?.[1] ?? '', name: from?.[2] ?? null, instructions: [] })
    else stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/** `COPY [--from=STAGE] SOURCE... TARGET` */
export function copiesOf(stage: Stage): { from: string | null; sources: string[]; target: string }[] {
  return stage.instructions
    .filter(({ word }) => word === 'COPY')
    .map(({ rest }) => {
      const words = rest.split(/\s+/)
      const from = words[0]?.startsWith('--from=') ? (words.shift() ?? '').slice('--from='.length) : null
      return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
    })
}

/** https://docs.docker.com/build/concepts/context/#dockerignore-files: the last line that matches decides. */
export function isSent(path: string, dockerignore: string): boolean {
  let sent = true
  for (const line of dockerignore.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const keeps = line.startsWith('!')
    const pattern = keeps ? line.slice(1) : line
    if (matches(path, pattern)) sent = keeps
  }
  return sent
}

/** A pattern means the path and all below it; `*` stays in its folder, and dots are nothing special. */
function matches(path: string, pattern: string): boolean {
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  const regex = literal
    .split('**/')
    .map((part) => part.replaceAll('*', '[^/]*'))
    .join('(?:.*/)?')
  return new RegExp(`^${regex}(?:/|$)`).test(path)
}
