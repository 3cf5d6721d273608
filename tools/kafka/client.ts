/** The kafkajs client of the tools: quiet, since brokers are killed on purpose here. */

import { type Admin, Kafka, logLevel } from 'kafkajs'

export function kafkaClient(brokers: readonly string[], retries = 8): Kafka {
  return new Kafka({
    clientId: 'pannier-tools',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2000 },
  })
}

/** Calls `use` with a connected admin client, which is closed whatever happens. */
export async function withAdmin<T>(
  brokers: readonly string[],
  use: (admin: Admin) => Promise<T>,
  retries?: number,
): Promise<T> {
  const admin = kafkaClient(brokers, retries).admin()
  try {
    await admin.connect()
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}
