/** One broker with a listener for each way of being secured; all of them lead to the same topics. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Cluster } from '../../../tools/kafka/node.ts'
import { startOwnKafka } from '../../../tools/kafka/start-kafka.ts'
import { type Authority, authority } from '../../kafka/certificates.ts'
import { startTokenServer, type TokenServer } from './token-server.ts'

/** By the name of the listener; a person who is let in by the plain one is the administrator. */
const PROTOCOLS = {
  TLS: 'SSL',
  MTLS: 'SSL',
  EXPIRED: 'SSL',
  STRANGER: 'SSL',
  SASL: 'SASL_SSL',
  CLEAR: 'SASL_PLAINTEXT',
  BRIEF: 'SASL_PLAINTEXT',
  OAUTH: 'SASL_SSL',
} as const
export type Listener = keyof typeof PROTOCOLS

/** Names and passwords that the broker knows, by mechanism. */
export const USERS = { plain: ['paul', 'plain-word'], scram: ['sara', 'scram-word'] } as const
/** Milliseconds after which a connection to the listener BRIEF has to prove itself anew. */
export const BRIEF_SESSION = 3000
const HOST = 'localhost'

export interface SecureBroker {
  readonly cluster: Cluster
  /** By the plain listener. */
  readonly brokers: string[]
  readonly folder: string
  readonly ca: Authority
  readonly tokens: TokenServer
  address(listener: Listener): string
}

export async function secureBroker(t: Pick<TestContext, 'after'>): Promise<SecureBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-secure-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const ca = authority(folder, 'our-ca')
  const tokens = await startTokenServer()
  t.after(() => tokens.stop())
  const [name, word] = USERS.scram
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${word}]`,
  ])
  const cluster = await startOwnKafka({
    host: HOST,
    listeners: PROTOCOLS,
    format: scram,
    flags: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.jwks}`],
    settings: { ...rights, ...keyStores(ca), ...mechanisms(), ...oauth(tokens) },
  })
  t.after(() => cluster.stop())
  const address = (listener: Listener): string => cluster.listeners?.[listener]?.[0] ?? ''
  return { cluster, brokers: cluster.brokers, folder, ca, tokens, address }
}

/** Who comes in by the plain listener may do everything, and so may all others where nobody has said who may. */
const rights = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'allow.everyone.if.no.acl.found': 'true',
}

function keyStores(ca: Authority): Record<string, string> {
  const ours = ca.issue('broker', { subject: '/CN=broker', names: `DNS:${HOST}` })
  const expired = ca.issue('expired', { subject: '/CN=broker', names: `DNS:${HOST}`, days: -1 })
  const stranger = ca.issue('stranger', { subject: '/CN=stranger', names: 'DNS:kafka.example' })
  const chosen = { EXPIRED: expired, STRANGER: stranger }
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': ours.both,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca.cert,
    ...Object.fromEntries(
      Object.entries(chosen).flatMap(([name, { both }]) => [
        [`listener.name.${name.toLowerCase()}.ssl.keystore.location`, both],
        [`listener.name.${name.toLowerCase()}.ssl.keystore.type`, 'PEM'],
      ]),
    ),
    'listener.name.mtls.ssl.client.auth': 'required',
  }
}

const LOGIN = 'org.apache.kafka.common.security'

function mechanisms(): Record<string, string> {
  const [name, word] = USERS.plain
  const of = (listener: string): Record<string, string> => ({
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${LOGIN}.plain.PlainLoginModule required user_${name}="${word}";`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${LOGIN}.scram.ScramLoginModule required;`,
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: `${LOGIN}.scram.ScramLoginModule required;`,
  })
  return {
    ...of('sasl'),
    ...of('clear'),
    ...of('brief'),
    ...Object.fromEntries(
      ['plain', 'scram-sha-256', 'scram-sha-512'].map((mechanism) => [
        `listener.name.brief.${mechanism}.connections.max.reauth.ms`,
        String(BRIEF_SESSION),
      ]),
    ),
  }
}

/** The session of a connection ends with its token. */
function oauth({ jwks, issuer, audience }: TokenServer): Record<string, string> {
  const validator = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler'
  return {
    'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.oauth.oauthbearer.sasl.jaas.config': `${LOGIN}.oauthbearer.OAuthBearerLoginModule required;`,
    'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': validator,
    'listener.name.oauth.oauthbearer.connections.max.reauth.ms': '3600000',
    'sasl.oauthbearer.jwks.endpoint.url': jwks,
    'sasl.oauthbearer.expected.audience': audience,
    'sasl.oauthbearer.expected.issuer': issuer,
    'sasl.oauthbearer.clock.skew.seconds': '0',
  }
}
