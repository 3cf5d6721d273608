// The charsets that `charset` may name, under the names that messages carry, and what else people call them. Pure.

/** `lines`: those of one byte a character need no look at where characters begin. */
type Kind = 'single' | 'multi' | 'wide'

export interface NamedCharset {
  /** As messages name it. */
  readonly name: string
  readonly kind: Kind
}

const MULTI: Readonly<Record<string, readonly string[]>> = {
  gbk: ['gb2312', 'cp936', 'ms936', 'euccn', '936', 'windows936', 'chinese'],
  gb18030: [],
  big5: ['big5hkscs', 'cn-big5'],
  cp950: ['ms950', '950', 'windows950'],
  shift_jis: ['sjis', 'cp932', 'ms932', '932', 'windows932', 'windows31j', 'mskanji'],
  'euc-jp': [],
  'euc-kr': ['cp949', 'uhc', '949', 'ksc5601', 'windows949', 'korean'],
}

const WIDE: Readonly<Record<string, readonly string[]>> = {
  'utf-16': ['unicode'],
  'utf-16le': ['ucs2', 'ucs2le'],
  'utf-16be': ['ucs2be'],
}

const SINGLE: Readonly<Record<string, readonly string[]>> = {
  'iso-8859-1': ['latin1', 'l1', 'binary'],
  ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((part) => [`iso-8859-${part}`, []])),
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((part) => [`windows-125${part}`, [`cp125${part}`, `win125${part}`]]),
  ),
  'windows-874': ['cp874'],
  'tis-620': [],
  'koi8-r': [],
  'koi8-u': [],
  macintosh: ['macroman'],
  ...Object.fromEntries(
    [437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869].map((page) => [
      `cp${page}`,
      [`ibm${page}`],
    ]),
  ),
}

const known = new Map<string, NamedCharset>()
/** In the order of the lists above: for hints. */
export const charsetNames: string[] = []
for (const [kind, names] of [
  ['multi', { 'utf-8': ['ascii', 'us-ascii'], ...MULTI }],
  ['wide', WIDE],
  ['single', SINGLE],
] as const) {
  for (const [name, others] of Object.entries(names)) {
    charsetNames.push(name)
    for (const other of [name, ...others]) known.set(plain(other), { name, kind })
  }
}

/** `Shift-JIS`, `shift_jis` and `SHIFTJIS` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

export const namedCharset = (name: string): NamedCharset | undefined => known.get(plain(name))

/** Why a charset that exists is not taken; null for what is no charset that we know of. */
export function whyNot(name: string): string | null {
  const it = plain(name)
  if (/^(?:utf7|utf7imap|hz|hzgb2312|iso2022.*)$/.test(it))
    return 'what its bytes mean depends on those before them, so that no line can be read by itself'
  if (/^(?:utf32|ucs4)/.test(it))
    return 'UTF-32 is not supported: convert the file, or have it written in UTF-8 or UTF-16'
  return null
}
