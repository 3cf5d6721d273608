/** [message_conf]: what a message looks like; its `field.NAME` pairs have names of the user's own and are not in the table. */
import { linePattern } from '../pattern-type.ts'
import { duration, size } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { choice, type ValueType } from '../value-type.ts'

const sizeOrAuto: ValueType<number | 'auto'> = {
  name: 'size',
  rule: 'auto, or 1KiB to a quarter of memory_limit, a sixth with compression',
  parse: (text) => (text.toLowerCase() === 'auto' ? { value: 'auto' } : size('1KiB', '16GiB').parse(text)),
}

export const messageConf = {
  format: {
    type: choice(['json', 'raw', 'line']),
    default: 'json',
    help: 'json: lines in a document with their origin; raw: their bytes alone, the origin in headers; line: one line a message.',
    zh: 'json：多行连同来源信息组成一个文档；raw：只有原始字节，来源在消息头；line：每行一条消息。',
  },
  max_message_length: {
    type: sizeOrAuto,
    default: 'auto',
    help: "The largest encoded record batch; auto takes the topic's own limit.",
    zh: '编码后记录批的最大字节数；auto 取主题自身的上限。',
  },
  long_line: {
    type: choice(['split', 'truncate', 'dead_letter']),
    default: 'split',
    help: 'A line that fits no message comes in numbered parts, or as its first part alone, or is kept as a dead letter.',
    zh: '单条消息放不下的行：split 分成编号的多段；truncate 只传第一段；dead_letter 整行存为死信。',
  },
  linger: {
    type: duration('0', '1h'),
    default: '0',
    help: 'How long whole lines may wait for a fuller message; never when the agent leaves.',
    zh: '为凑成更满的消息，完整的行最多等待多久；退出时从不等待。',
  },
  rate_limit: {
    type: size('0', '64GiB'),
    default: '0',
    help: 'How many bytes of its files an input reads in a second; what is above waits on the disk; 0 sets no limit.',
    zh: '一个输入每秒最多读取其文件的多少字节；超出的部分留在磁盘上等待；0 表示不限。',
  },
  multiline_start: {
    type: linePattern,
    default: '',
    help: 'A line in which this is found begins an event; the lines up to the next one stay with it in one message. See docs/text.md.',
    zh: '匹配此正则的行是一个事件的开头，到下一个开头为止的各行留在同一条消息中（如堆栈跟踪）。见 docs/text.md。',
  },
  multiline_timeout: {
    type: duration('1ms', '1d'),
    default: '5s',
    help: 'An event at the end of a file is shipped when the file did not grow for so long.',
    zh: '文件这么久没有增长时，末尾的事件即被发送。',
  },
  include_lines: {
    type: linePattern,
    default: '',
    help: 'Only lines (or events) in which this is found are shipped; the others are filtered, and counted. Empty takes all.',
    zh: '只发送匹配此正则的行（或事件），其余计为“过滤”；留空表示全部。',
  },
  exclude_lines: {
    type: linePattern,
    default: '',
    help: 'Lines (or events) in which this is found are filtered, and counted; empty leaves none out.',
    zh: '匹配此正则的行（或事件）不发送，计为“过滤”；留空表示不过滤。',
  },
  line_headers: {
    type: choice(['minimal', 'all', 'none']),
    default: 'minimal',
    help: 'The headers of format line: minimal is filename, file_id, offset, length; all adds host, session; none cannot be restored.',
    zh: 'line 格式的消息头：minimal 为 filename、file_id、offset、length；all 另加 host、session；none 则无法还原文件。',
  },
} as const satisfies SettingTable

export const fieldPrefix = 'field.'

/** For the generated pages, which list it with the settings of the table. */
export const fieldSetting = {
  name: 'field.NAME',
  type: { name: 'text', rule: 'NAME keeps its case' },
  default: '',
  help: 'Put into the fields of each message under NAME; there may be any number.',
  zh: '以 NAME 为名写入每条消息的 fields，可以有任意多个。',
}
