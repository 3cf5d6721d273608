/** The insides of kafkajs that tests compare ours with; the version is pinned. */

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

interface Request {
  readonly request: object
  readonly correlationId: number
  readonly clientId: string
}

export const kafkajsRequest = require('kafkajs/src/protocol/request') as (
  request: Request,
) => Promise<{ buffer: Buffer }>
export const kafkajsCrc32c = require('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number
export const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2.js') as (
  key: Buffer | string,
) => number

const { lookup: find } = require('kafkajs/src/protocol/requests') as {
  lookup: (versions: object) => (apiKey: number, definitions: unknown) => (options: object) => never
}
/** What kafkajs' broker class uses to find the request of a version. */
export const lookup = find
