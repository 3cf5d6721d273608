/**
 * The one list of all settings, in the order of config.ini: validation, the sample, the reference page and `--help` are all
 * made of it.
 */
import type { SettingTable } from './setting.ts'
import { basicConf, basicOfInput } from './settings/basic-conf.ts'
import { kafkaConf } from './settings/kafka-conf.ts'
import { logConf } from './settings/log-conf.ts'
import { messageConf } from './settings/message-conf.ts'
import { sessionConf } from './settings/session-conf.ts'
import { shutdownConf } from './settings/shutdown-conf.ts'

export const sections = {
  basic_conf: basicConf,
  kafka_conf: kafkaConf,
  message_conf: messageConf,
  session_conf: sessionConf,
  shutdown_conf: shutdownConf,
  log_conf: logConf,
} as const satisfies Readonly<Record<string, SettingTable>>

export type SectionName = keyof typeof sections

/** What an [input:NAME] may set; what it does not set it has from [basic_conf], [message_conf] and [kafka_conf]. */
export const inputSection = { ...basicOfInput, topic: kafkaConf.topic, ...messageConf }

export const inputPrefix = 'input:'
