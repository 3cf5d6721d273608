// Law 9, whatever the other side quotes in its answers. Pure.

export const withoutSecret = (text: string, secret: string): string =>
  secret === '' ? text : text.replaceAll(secret, '***')
