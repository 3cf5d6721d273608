/** Tables that read well as text and are Markdown as they are. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map(width)))
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((wide, column) => pad(cells[column] ?? '', wide)).join(' | ')} |`
  return [line(head), `|${widths.map((wide) => '-'.repeat(wide + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

const width = (text: string): number => text.length
const pad = (text: string, wide: number): string => text + ' '.repeat(wide - width(text))

/** `199 to 212`, or one figure where all are the same. */
export function span(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
  return least === most ? `${least}` : `${least} to ${most}`
}

export const count = (value: number): string => value.toLocaleString('en-US')
