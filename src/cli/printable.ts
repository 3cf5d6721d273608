// File names and broker answers may hold newlines and terminal escapes; a person's terminal must not obey them.

const CONTROL = /\p{Cc}/gu

export const printable = (text: string): string =>
  text.replaceAll(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
