// Law 9, whatever the other side quotes in its answers. Pure.

/** In the forms, too, in which a secret travels. */
export function withoutSecret(text: string, ...secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
  return forms.filter((form) => form !== '').reduce((rest, form) => rest.replaceAll(form, '***'), text)
}
