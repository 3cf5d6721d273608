/** [shutdown_conf]: how the agent takes its leave, and when an unfinished last line is shipped as it is. */
import { duration } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { yesNo } from '../value-type.ts'

export const shutdownConf = {
  shutdown_timeout: {
    type: duration('0', '1d'),
    default: '20s',
    help: 'When told to stop, how long the agent may take to ship what is there.',
    zh: '收到停止信号后，最多用多久传完已有内容。',
  },
  shutdown_quiet: {
    type: duration('0', '1d'),
    default: '1s',
    help: 'When told to stop, how long the files must have been quiet before the agent leaves.',
    zh: '收到停止信号后，文件静止多久才退出。',
  },
  flush_partial_on_shutdown: {
    type: yesNo,
    default: 'no',
    help: 'Whether an unfinished last line is shipped, marked partial, before the agent leaves.',
    zh: '退出前是否传输未写完的末行（标记为 partial）。',
  },
  flush_partial_after: {
    type: duration('0', '1d'),
    default: '0',
    help: 'An unfinished last line that was quiet for so long is shipped, marked partial; 0 waits for its end.',
    zh: '未写完的末行静止这么久后即传输（标记为 partial）；0 表示一直等它写完。',
  },
} as const satisfies SettingTable
