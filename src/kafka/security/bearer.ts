// SASL/OAUTHBEARER with a token. kafkajs' own takes a refusal for a welcome: the broker says it in the answer's bytes, and
// waits for one more message (RFC 7628, 3.2.3).

import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs'
import { PannierError } from '../../support/errors.ts'

const SEPARATOR = '\u0001'
const SIZE = 4

export function bearer(token: string, extensions: Readonly<Record<string, string>>) {
  const pairs = [`auth=Bearer ${token}`, ...Object.entries(extensions).map(([name, value]) => `${name}=${value}`)]
  const first = Buffer.from(`n,,${SEPARATOR}${pairs.join(SEPARATOR)}${SEPARATOR}${SEPARATOR}`)
  return ({ saslAuthenticate }: AuthenticationProviderArgs): Authenticator => ({
    async authenticate() {
      const refusal = await saslAuthenticate({ request: message(first), response: { decode: asIs, parse: asIs } })
      if (refusal === undefined || refusal.length <= SIZE) return
      // The broker answers this with its error, and a hint at the reason.
      await saslAuthenticate({ request: message(Buffer.from(SEPARATOR)) })
      throw new PannierError(String(refusal.subarray(SIZE)), { code: 'SASL_AUTHENTICATION_FAILED' })
    },
  })
}

/** kafkajs' SASL messages carry their size in front, to and fro. */
function message(bytes: Buffer): { encode: () => Promise<Buffer> } {
  const size = Buffer.alloc(SIZE)
  size.writeInt32BE(bytes.length)
  return { encode: async () => Buffer.concat([size, bytes]) }
}

const asIs = async (bytes: Buffer): Promise<Buffer> => bytes
