/** [session_conf]: when the account of what was shipped is closed and a new one opened. */
import { cronExpression, timeZone } from '../calendar-type.ts'
import { optionalTopic } from '../kafka-type.ts'
import type { SettingTable } from '../setting.ts'
import { integer, yesNo } from '../value-type.ts'

export const sessionConf = {
  rollover: {
    type: cronExpression,
    default: '0 0 * * *',
    help: 'When a session ends and the next one begins.',
    zh: '会话结束并开始下一个会话的时间。',
  },
  timezone: {
    type: timeZone,
    default: '',
    help: "The time zone of rollover and of dates in topics and paths; empty takes the host's.",
    zh: 'rollover 以及主题、路径中日期所用的时区；留空则取主机时区。',
  },
  keep_sessions: {
    type: integer(1, 3650),
    default: '7',
    help: 'How many closed sessions are kept, and how long vanished files are remembered.',
    zh: '保留多少个已结束的会话，也决定消失的文件被记住多久。',
  },
  publish_manifest: {
    type: yesNo,
    default: 'no',
    help: 'Whether the manifest of each session is sent to Kafka; where topic has a {template}, manifest_topic must be set.',
    zh: '是否把每个会话的清单发送到 Kafka；topic 含 {模板} 时必须设置 manifest_topic。',
  },
  manifest_topic: {
    type: optionalTopic,
    default: '',
    help: 'Where manifests go; empty is the topic with .manifests after it.',
    zh: '清单写入的主题；留空则为原主题名加 .manifests。',
  },
} as const satisfies SettingTable
