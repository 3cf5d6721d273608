/** Certificates for brokers and agents, made by openssl in a folder of their own. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Leaf {
  /** PEM files; `both` has the key and the chain, as Kafka wants its key store. */
  readonly cert: string
  readonly key: string
  readonly both: string
}

export interface Authority {
  readonly cert: string
  /** `names` as openssl writes subjectAltName; `days` below zero makes one that has expired. */
  issue(name: string, options: { readonly subject: string; readonly names?: string; readonly days?: number }): Leaf
}

export function authority(folder: string, name: string): Authority {
  const at = (file: string): string => join(folder, file)
  const key = at(`${name}.key`)
  const cert = at(`${name}.pem`)
  newKey(key)
  openssl('req', '-x509', '-new', '-key', key, '-subj', `/CN=${name}`, '-days', '30', '-out', cert)
  return {
    cert,
    issue(leaf, { subject, names = '', days = 30 }) {
      const made = { cert: at(`${leaf}.pem`), key: at(`${leaf}.key`), both: at(`${leaf}.both.pem`) }
      const [request, extensions] = [at(`${leaf}.csr`), at(`${leaf}.ext`)]
      newKey(made.key)
      openssl('req', '-new', '-key', made.key, '-subj', subject, '-out', request)
      writeFileSync(extensions, names === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${names}\n`)
      const signed = ['-CA', cert, '-CAkey', key, '-CAcreateserial', '-days', String(days), '-extfile', extensions]
      openssl('x509', '-req', '-in', request, ...signed, '-out', made.cert)
      writeFileSync(
        made.both,
        `${readFileSync(made.key, 'utf8')}${readFileSync(made.cert, 'utf8')}${readFileSync(cert, 'utf8')}`,
      )
      return made
    },
  }
}

/** The same key under a password, as PKCS#8. */
export function encryptedKey(key: string, password: string): string {
  const encrypted = `${key}.encrypted`
  openssl('pkcs8', '-topk8', '-in', key, '-passout', `pass:${password}`, '-out', encrypted)
  return encrypted
}

/** Elliptic, since an RSA key takes a second. */
const newKey = (file: string): void =>
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file)

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
