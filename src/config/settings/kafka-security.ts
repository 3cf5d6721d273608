/** The part of [kafka_conf] that says how the agent proves itself to the broker, and the broker to the agent. */

import { extensions, httpUrl, secretText } from '../security-type.ts'
import type { SettingTable } from '../setting.ts'
import { choice, optionalText, yesNo } from '../value-type.ts'

export const kafkaSecurity = {
  ssl: {
    type: yesNo,
    default: 'no',
    help: 'Whether connections to the brokers are encrypted (TLS).',
    zh: '与 broker 的连接是否加密（TLS）。',
  },
  ssl_ca: {
    type: optionalText,
    default: '',
    help: "PEM file of the authorities that the brokers' certificates are held against; empty takes those that Node.js knows.",
    zh: '用于校验 broker 证书的 CA（PEM 文件）；留空则用 Node.js 自带的 CA。',
  },
  ssl_cert: {
    type: optionalText,
    default: '',
    help: "PEM file of the agent's own certificate, for brokers that ask for one (mTLS); read anew for each connection.",
    zh: '本进程自己的证书（PEM 文件），供要求客户端证书的 broker 使用（mTLS）；每次连接都重新读取。',
  },
  ssl_key: {
    type: optionalText,
    default: '',
    help: 'PEM file of the key that belongs to ssl_cert.',
    zh: '与 ssl_cert 对应的私钥（PEM 文件）。',
  },
  ssl_key_password: {
    type: secretText,
    default: '',
    secret: true,
    help: 'The password of an encrypted ssl_key.',
    zh: '加密的 ssl_key 的口令。',
  },
  ssl_key_password_file: {
    type: optionalText,
    default: '',
    help: 'A file that holds it; read anew for each connection.',
    zh: '存放该口令的文件；每次连接都重新读取。',
  },
  ssl_verify: {
    type: yesNo,
    default: 'yes',
    help: 'Whether the certificate of a broker has to be valid and in its name; with no, anybody can pose as the broker.',
    zh: '是否要求 broker 的证书有效且与主机名相符；设为 no 则任何人都可冒充 broker。',
  },
  sasl: {
    type: choice(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']),
    default: 'none',
    help: 'How the agent logs in to the brokers.',
    zh: '登录 broker 的方式。',
  },
  sasl_username: {
    type: optionalText,
    default: '',
    help: 'The name to log in with; for oauthbearer the client id.',
    zh: '登录用户名；oauthbearer 时为 client id。',
  },
  sasl_password: {
    type: secretText,
    default: '',
    secret: true,
    help: 'Its password; for oauthbearer the client secret.',
    zh: '登录密码；oauthbearer 时为 client secret。',
  },
  sasl_password_file: {
    type: optionalText,
    default: '',
    help: 'A file that holds the password; read anew for each login, so that a new password needs no restart.',
    zh: '存放密码的文件；每次登录都重新读取，更换密码无需重启。',
  },
  sasl_oauth_token_url: {
    type: httpUrl,
    default: '',
    // One that is refused may hold a password.
    secret: true,
    help: 'Where oauthbearer gets its tokens (client credentials); each is renewed after half of its life.',
    zh: 'oauthbearer 获取令牌的地址（client credentials）；令牌过半有效期即更新。',
  },
  sasl_oauth_scope: {
    type: optionalText,
    default: '',
    help: 'The scope to ask for.',
    zh: '申请的 scope。',
  },
  sasl_oauth_ca: {
    type: optionalText,
    default: '',
    help: 'PEM file of the authorities for sasl_oauth_token_url; empty takes those that Node.js knows.',
    zh: '用于校验 sasl_oauth_token_url 的 CA（PEM 文件）；留空则用 Node.js 自带的 CA。',
  },
  sasl_oauth_extensions: {
    type: extensions,
    default: '',
    help: 'What the broker wants to be told beside the token: name=value, separated by semicolons.',
    zh: '随令牌一并告知 broker 的内容：name=value，以分号分隔。',
  },
} as const satisfies SettingTable
