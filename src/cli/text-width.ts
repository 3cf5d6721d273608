// Columns that a text takes on a terminal, and texts cut to fit.

/** Characters of East Asia that take two columns (https://www.unicode.org/reports/tr11/), by their blocks. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

const PLAIN = /^[\x20-\x7e]*$/

export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const char of text) width += WIDE.test(char) ? 2 : 1
  return width
}

/** The end of a text that is too long says more than its beginning: of a path, the file's name. */
export function clip(text: string, room: number): string {
  if (widthOf(text) <= room) return text
  const chars = Array.from(text)
  let width = 1
  let from = chars.length
  while (from > 0 && width + widthOf(chars[from - 1] ?? '') <= room) width += widthOf(chars[--from] ?? '')
  return `\u2026${chars.slice(from).join('')}`
}
