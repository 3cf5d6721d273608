/** [log_conf]: the agent's own log. */
import { size } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { choice, integer, optionalText } from '../value-type.ts'

export const logConf = {
  level: {
    type: choice(['trace', 'debug', 'info', 'warn', 'error']),
    default: 'info',
    help: 'The least important events that are still logged.',
    zh: '日志的最低级别。',
  },
  file: {
    type: optionalText,
    default: '',
    help: 'The log file; empty is stderr; a relative one starts at the working directory.',
    zh: '日志文件；留空为标准错误；相对路径以进程的工作目录为起点。',
  },
  max_bytes: {
    type: size('64KiB', '64GiB'),
    default: '50MiB',
    help: 'At this size the log file is rotated.',
    zh: '日志文件达到此大小即轮转。',
  },
  keep: {
    type: integer(0, 1000),
    default: '5',
    help: 'How many rotated log files are kept.',
    zh: '保留多少个轮转后的日志文件。',
  },
} as const satisfies SettingTable
