/** [kafka_conf]: where messages go, and how sure the broker has to be of them. */
import { brokerList, countOrAuto, optionalTopic, topicConfigs, topicPattern } from '../kafka-type.ts'
import { duration } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { anyText, choice, someText, yesNo } from '../value-type.ts'
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
  compression: {
    type: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
    default: 'none',
    help: 'How record batches are compressed; one that would not get smaller is sent as it is.',
    zh: '记录批的压缩方式；压缩后不会变小的批按原样发送。',
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
  create_topic_partitions: {
    type: countOrAuto(100_000),
    default: 'auto',
    help: 'How many partitions a topic is created with; auto leaves it to the broker (num.partitions).',
    zh: '创建主题时的分区数；auto 由 broker 决定（num.partitions）。',
  },
  create_topic_replication: {
    type: countOrAuto(1000),
    default: 'auto',
    help: 'How many replicas its partitions have; auto leaves it to the broker (default.replication.factor).',
    zh: '各分区的副本数；auto 由 broker 决定（default.replication.factor）。',
  },
  create_topic_config: {
    type: topicConfigs,
    default: '',
    help: 'Settings that it is created with: name=value, separated by semicolons, e.g. retention.ms=604800000.',
    zh: '创建时设定的主题参数：name=value，以分号分隔，如 retention.ms=604800000。',
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
  delivery: {
    type: choice(['at_least_once', 'exactly_once']),
    default: 'at_least_once',
    help: 'exactly_once sends messages and checkpoint in Kafka transactions: consumers that read committed see every line once.',
    zh: 'exactly_once：消息与检查点在同一个 Kafka 事务中提交，read_committed 的消费者每行只看到一次。',
  },
  transactional_id: {
    type: anyText,
    default: '',
    help: 'With exactly_once the name of this one agent, the same after every start; default client_id-host.',
    zh: 'exactly_once 时本进程的唯一名称，每次启动须相同；默认为 client_id-host。',
  },
  checkpoint_topic: {
    type: optionalTopic,
    default: '',
    help: 'With exactly_once the compacted topic that holds the checkpoint, of this agent alone; default transactional_id with .checkpoint.',
    zh: 'exactly_once 时保存检查点的压缩主题，仅供本进程使用；默认为 transactional_id 加 .checkpoint。',
  },
} as const satisfies SettingTable
