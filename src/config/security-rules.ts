/** The rules among the settings about security: what is missing, what would have no effect, and what is dangerous. */
import type { Finding } from './cross-rules.ts'
import type { SectionValues } from './section-values.ts'

type KafkaValues = SectionValues['kafka_conf']
type Key = keyof KafkaValues

const OF_SSL = ['ssl_ca', 'ssl_cert', 'ssl_key', 'ssl_key_password', 'ssl_key_password_file'] as const
const OF_SASL = ['sasl_username', 'sasl_password', 'sasl_password_file'] as const
const OF_OAUTH = ['sasl_oauth_token_url', 'sasl_oauth_scope', 'sasl_oauth_ca'] as const

const finding = (key: Key, against: Key, message: string, hint: string): Finding => ({
  section: 'kafka_conf',
  key,
  against,
  message,
  hint,
})

export function securityRefusals({ kafka_conf: kafka }: SectionValues): Finding[] {
  return [...idle(kafka), ...ofCertificate(kafka), ...twice(kafka), ...missing(kafka)]
}

/** Whoever sets one of these believes that the connection is secured. */
function idle(kafka: KafkaValues): Finding[] {
  const { ssl, sasl } = kafka
  const unused = (keys: readonly Key[], against: 'ssl' | 'sasl', hint: string): Finding[] =>
    keys
      .filter((key) => kafka[key] !== null)
      .map((key) => finding(key, against, `has no effect with ${against} = ${against === 'ssl' ? 'no' : sasl}`, hint))
  return [
    ...(ssl ? [] : unused(OF_SSL, 'ssl', 'set ssl = yes')),
    ...(sasl === 'none' ? unused(OF_SASL, 'sasl', 'set sasl, e.g. sasl = scram-sha-512') : []),
    ...(sasl === 'oauthbearer' ? [] : unused(OF_OAUTH, 'sasl', 'set sasl = oauthbearer')),
  ]
}

function ofCertificate(kafka: KafkaValues): Finding[] {
  const lacks = (key: 'ssl_cert' | 'ssl_key', other: 'ssl_cert' | 'ssl_key'): Finding[] =>
    kafka[key] !== null && kafka[other] === null
      ? [finding(key, other, `needs ${other} beside it`, 'a certificate and its key go together')]
      : []
  return kafka.ssl ? [...lacks('ssl_cert', 'ssl_key'), ...lacks('ssl_key', 'ssl_cert')] : []
}

function twice(kafka: KafkaValues): Finding[] {
  const pairs = [
    ['sasl_password', 'sasl_password_file'],
    ['ssl_key_password', 'ssl_key_password_file'],
  ] as const
  return pairs
    .filter(([text, file]) => kafka[text] !== null && kafka[file] !== null)
    .map(([text, file]) => finding(text, file, `${file} is set too`, 'leave one of them empty'))
}

const needs = (against: Key, name: Key, hint: string): Finding => finding('sasl', against, `needs ${name}`, hint)

function missing(kafka: KafkaValues): Finding[] {
  if (kafka.sasl === 'none') return []
  const password = kafka.sasl_password ?? kafka.sasl_password_file
  const literal = 'or sasl_password, e.g. sasl_password = ${KAFKA_PASSWORD}'
  return [
    ...(kafka.sasl_username === null
      ? [needs('sasl_username', 'sasl_username', 'the name that the broker knows this agent by')]
      : []),
    ...(password === null ? [needs('sasl_password', 'sasl_password_file', literal)] : []),
    ...(kafka.sasl === 'oauthbearer' && kafka.sasl_oauth_token_url === null
      ? [needs('sasl_oauth_token_url', 'sasl_oauth_token_url', 'e.g. https://idp.example/oauth2/token')]
      : []),
  ]
}

export function securityWarnings({ kafka_conf: kafka }: SectionValues): Finding[] {
  const url = kafka.sasl_oauth_token_url
  return [
    ...(kafka.ssl && !kafka.ssl_verify
      ? [
          finding(
            'ssl_verify',
            'ssl',
            'anybody can pose as the broker',
            'set ssl_ca to the authority of its certificate',
          ),
        ]
      : []),
    ...(!kafka.ssl && (kafka.sasl === 'plain' || kafka.sasl === 'oauthbearer')
      ? [finding('sasl', 'ssl', 'the password or token travels unencrypted with ssl = no', 'set ssl = yes')]
      : []),
    ...(url !== null && url.startsWith('http:') && !/^http:\/\/(?:localhost|127\.|\[::1\])/.test(url)
      ? [finding('sasl_oauth_token_url', 'sasl', 'the client secret travels unencrypted', 'use https')]
      : []),
  ]
}
