// The certificates for one connection, read anew: one that was renewed needs no restart.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import type { SslConfig } from '../../config/security-config.ts'
import { PannierError, readable, systemCode } from '../../support/errors.ts'

/** Throws TLS_FILE or SECRET_UNREADABLE, which name the setting and the file. */
export function tlsOptions(ssl: SslConfig): ConnectionOptions {
  const ca = ssl.ca === null ? undefined : readPem('ssl_ca', ssl.ca)
  const cert = ssl.cert === null ? undefined : readPem('ssl_cert', ssl.cert)
  const key = ssl.key === null ? undefined : readPem('ssl_key', ssl.key)
  const passphrase = ssl.keyPassword?.reveal()
  if (ca !== undefined) mustHoldCertificate('ssl_ca', ssl.ca, ca)
  if (cert !== undefined) mustHoldCertificate('ssl_cert', ssl.cert, cert)
  try {
    const context = createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
      minVersion: 'TLSv1.2',
    })
    return { secureContext: context, rejectUnauthorized: ssl.verify }
  } catch (error) {
    throw keyFault(ssl, error)
  }
}

/** The agent's certificate as it is now; null where none is set, or it is none. */
export function ownCertificate(ssl: SslConfig | null): X509Certificate | null {
  if (ssl === null || ssl.cert === null) return null
  try {
    return certificateIn(readFileSync(ssl.cert))
  } catch {
    return null
  }
}

function certificateIn(pem: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

export function readPem(setting: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileFault(`${setting} = ${path} cannot be read: ${readable(error)}`, 'put it there, readable for this user')
  }
}

function mustHoldCertificate(setting: string, path: string | null, pem: Buffer): void {
  if (certificateIn(pem) === null) throw fileFault(`${setting} = ${path} holds no certificate`, PEM)
}

const PEM = 'it has to be a PEM file: what is kept in a .p12 comes out with openssl pkcs12 -in FILE.p12 -nodes'

/** Without OpenSSL's own words, which are of no help to anybody. */
function keyFault({ key, cert, keyPassword }: SslConfig, error: unknown): PannierError {
  const [code, text] = [systemCode(error) ?? '', error instanceof Error ? error.message : '']
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
    return fileFault(
      `ssl_key = ${key} is not the key of the certificate in ${cert}`,
      'a certificate and its key go together',
    )
  }
  if (code === 'ERR_MISSING_PASSPHRASE' || /BAD_DECRYPT|INTERRUPTED|BAD_PASSWORD|PASSPHRASE/i.test(code + text)) {
    const reason = keyPassword === null ? 'is encrypted' : 'does not open with its password'
    return fileFault(`ssl_key = ${key} ${reason}`, 'set ssl_key_password_file')
  }
  return fileFault(`ssl_key = ${key} cannot be used (${code || 'no PEM key'})`, PEM)
}

const fileFault = (message: string, hint: string): PannierError =>
  new PannierError(message, { code: 'TLS_FILE', hint, retriable: true })
