/** Tells whether an input would take a path in, for the warnings against an agent that ships its own files. */
import { dirname } from 'node:path'

/** Whether files that lie right in `folder` could be taken in, whatever their names. */
export function coversFolder(input: string, folder: string): boolean {
  const isGlob = /[*?[{(]/.test(input)
  return globMatches(isGlob ? dirname(input) : input, folder)
}

export function coversFile(input: string, file: string): boolean {
  return globMatches(input, file) || (!/[*?[{(]/.test(input) && input === dirname(file))
}

/** Coarser than fast-glob: brackets match any character and braces any name, which is good enough for a warning. */
function globMatches(glob: string, path: string): boolean {
  const pattern = glob.replaceAll(/\/\*\*|\*+|\?|\[[^\]]*\]|\{[^}]*\}|[\\^$+.()|[\]{}]/g, (token) => {
    if (token === '/**') return '(?:/.*)?'
    if (token === '?' || (token.startsWith('[') && token.length > 1)) return '[^/]'
    return token.startsWith('*') || (token.startsWith('{') && token.length > 1) ? '[^/]*' : `\\${token}`
  })
  return new RegExp(`^${pattern}$`).test(path)
}
