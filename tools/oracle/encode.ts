/** Text as the bytes of its charset, by tables that Node's own decoder gives: the judge takes nothing from the judged. */

/** Those that Node writes itself. */
const NATIVE: Readonly<Record<string, BufferEncoding>> = {
  'utf-8': 'utf8',
  'utf-16le': 'utf16le',
  'iso-8859-1': 'latin1',
}
const TABLES = ['gbk', 'big5', 'shift_jis', 'euc-kr', 'windows-1251']

const tables = new Map<string, ReadonlyMap<string, Buffer>>()

/** Undefined where the judge does not know the charset. Throws for text that it does not hold. */
export function encoded(text: string, charset: string): Buffer | undefined {
  const native = NATIVE[charset]
  if (native !== undefined) return Buffer.from(text, native)
  if (charset === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  return TABLES.includes(charset) ? fromTable(text, charset) : undefined
}

function fromTable(text: string, charset: string): Buffer {
  const table = tables.get(charset) ?? tableOf(charset)
  tables.set(charset, table)
  const characters = Array.from(text, (character) => {
    const bytes = table.get(character)
    if (bytes === undefined) throw new Error(`${charset} has no ${JSON.stringify(character)}`)
    return bytes
  })
  return Buffer.concat(characters)
}

function tableOf(charset: string): ReadonlyMap<string, Buffer> {
  const decoder = new TextDecoder(charset, { fatal: true })
  const table = new Map<string, Buffer>()
  const add = (...bytes: number[]): void => {
    try {
      const text = decoder.decode(Buffer.from(bytes))
      if (Array.from(text).length === 1 && !table.has(text)) table.set(text, Buffer.from(bytes))
    } catch {
      // No character.
    }
  }
  for (let first = 0; first < 256; first++) add(first)
  for (let first = 0x81; first < 256; first++) for (let second = 0x40; second < 256; second++) add(first, second)
  return table
}
