/** [kafka_conf]: where messages go, and how sure the broker has to be of them. */
import { brokerList, topicPattern } from '../kafka-type.ts'
import { duration } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { choice, someText, yesNo } from '../value-type.ts'
import { kafkaSecurity } from './kafka-security.ts'

export const kafkaConf = {
  brokers: {
    type: brokerList,
    default: '127.0.0.1:9092',
    example: '127.0.0.1:9092',
    help: 'The brokers to ask first; they name the others.',
    zh: '首先连接的 broker，其余的由它们告知。',
  },
  topic: {
    type: topicPattern,
    default: 'logs',
    example: 'logs',
    help: 'The topic that messages go to; fixed at the birth of a file, but for a date, which follows the session.',
    zh: '消息写入的主题；文件首次出现时确定，其中的日期随会话变化。',
  },
  acks: {
    type: choice(['all', '1']),
    default: 'all',
    help: 'Who must have a message before it counts as delivered: all replicas in sync, or the leader alone.',
    zh: '消息算作送达的条件：所有同步副本（all），或仅首领（1）。',
  },
  partitioner: {
    type: choice(['file', 'round_robin']),
    default: 'file',
    help: 'file keeps each file in order in one partition; round_robin changes the partition with every message.',
    zh: 'file：每个文件固定在一个分区并保持顺序；round_robin：每条消息换一个分区。',
  },
  create_topic: {
    type: yesNo,
    default: 'no',
    help: 'Whether a missing topic is created.',
    zh: '主题不存在时是否创建。',
  },
  client_id: {
    type: someText,
    default: 'pannier',
    help: "The agent's name in the broker's logs and quotas.",
    zh: '本进程在 broker 日志与配额中的名称。',
  },
  request_timeout: {
    type: duration('1s', '1h'),
    default: '30s',
    help: 'How long the broker may take to answer before the request is given up and tried again.',
    zh: '等待 broker 应答的最长时间，超时后重试。',
  },
  ...kafkaSecurity,
} as const satisfies SettingTable
