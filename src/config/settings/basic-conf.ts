/** [basic_conf]: which files are shipped, and what the agent may use up. */
import { charset } from '../charset-type.ts'
import { globs } from '../globs-type.ts'
import { pythonRegex } from '../python-regex.ts'
import { duration, size } from '../quantity.ts'
import type { SettingTable } from '../setting.ts'
import { anyText, choice, integer, someText } from '../value-type.ts'

/** What an [input:NAME] may set for itself. */
export const basicOfInput = {
  inputpath: {
    type: globs,
    default: '',
    example: '/var/log/app/*.log',
    help: 'The files to ship: globs, also with a date ({yyyyMMdd}), or whole folders; relative to the working directory.',
    zh: '要传输的文件：通配路径（可含日期，如 {yyyyMMdd}），或整个目录；相对路径以进程的工作目录为起点。',
  },
  regex: {
    type: pythonRegex,
    default: '',
    help: "Only files whose base name matches from its start, as Python's re.match does; empty takes all.",
    zh: '只取文件名从开头匹配的文件（同 Python 的 re.match）；留空表示全部。',
  },
  exclude: {
    type: globs,
    default: '',
    help: 'Globs of files to leave out, also with a date; one without a slash is held against the base name.',
    zh: '要排除的文件的通配符；不含斜杠的只与文件名比较；可含日期。',
  },
  start_at: {
    type: choice(['beginning', 'end']),
    default: 'beginning',
    help: 'Where to begin in the files that are there when the input is started for the very first time.',
    zh: '该输入首次启动时，已存在的文件从哪里开始读。',
  },
  ignore_older: {
    type: duration('0', '36500d'),
    default: '0',
    help: 'Files not changed for so long are left out, unless part of them is still to be shipped; 0 never leaves one out.',
    zh: '超过这么久没有改动的文件不再理会（尚有未传完内容的除外）；0 表示从不。',
  },
  charset: {
    type: charset,
    default: 'utf-8',
    help: 'How the files are encoded; messages carry UTF-8. What is no text in it is shipped unharmed as base64.',
    zh: '文件的字符编码（如 gbk、gb18030、big5、utf-16）；消息一律为 UTF-8，无法转换的行以 base64 原样传输。',
  },
  mode: {
    type: choice(['tail', 'spool']),
    default: 'tail',
    help: 'tail follows files that grow; spool takes each file once it has stopped changing, as finished (docs/spool.md).',
    zh: 'tail：跟踪不断增长的文件；spool：文件停止变化后视为已写完，整体传输一次（见 docs/spool.md）。',
  },
  on_complete: {
    type: choice(['keep', 'rename', 'move', 'delete']),
    default: 'keep',
    help: 'What becomes of a file of mode spool once all of it is acked: rename adds .COMPLETED, move puts it into move_to.',
    zh: 'spool 模式的文件全部确认送达之后如何处理：keep 保留，rename 加上 .COMPLETED，move 移到 move_to，delete 删除。',
  },
  move_to: {
    type: anyText,
    default: '',
    example: '/var/spool/done',
    help: 'The folder that on_complete = move puts files into; what lies in it is no input.',
    zh: 'on_complete = move 时文件移入的目录；其中的文件不再作为输入。',
  },
  spool_quiet: {
    type: duration('0', '1d'),
    default: '5s',
    help: 'A file of mode spool that did not change for so long is finished.',
    zh: 'spool 模式的文件这么久没有改动即视为已写完。',
  },
  close_inactive: {
    type: duration('1ms', '1d'),
    default: '5m',
    help: 'A wholly shipped file that was not changed for so long is closed until it changes again.',
    zh: '已传完且这么久没有改动的文件会被关闭，直到再次改动。',
  },
  rotated_quiet: {
    type: duration('0', '1d'),
    default: '30s',
    help: 'An unfinished last line in a file that was renamed away or deleted is shipped once it was quiet for so long.',
    zh: '已被改名或删除的文件静止这么久之后，其未写完的末行也会传输。',
  },
  copy_hold: {
    type: duration('0', '1d'),
    default: '60s',
    help: 'A new file that begins like one that is still written to is held so long, to see whether it is its copy (copytruncate).',
    zh: '新文件的开头与仍在写入的文件相同时，最多等待这么久，以判断它是否为其副本（copytruncate）。',
  },
  release_deleted_after: {
    type: duration('0', '36500d'),
    default: '0',
    help: 'A deleted file that is not read to its end is let go after so long, and its disk is free; 0 never gives one up.',
    zh: '已删除但尚未读完的文件最多保留这么久，之后放弃其余内容并释放磁盘；0 表示从不放弃。',
  },
  read_bytes_per_turn: {
    type: size('1KiB', '1GiB'),
    default: '4MiB',
    help: 'How much of one file is read before the others have their turn.',
    zh: '每轮从一个文件最多读多少，然后轮到其他文件。',
  },
} as const satisfies SettingTable

/** What there is once for the whole agent. */
const basicOfAgent = {
  interval: {
    type: duration('1ms', '1d'),
    default: '1s',
    help: 'The time from the start of one round to that of the next.',
    zh: '相邻两轮开始之间的时间。',
  },
  host: {
    type: anyText,
    default: '',
    help: "The host's name in messages and topics; empty takes the system's own.",
    zh: '消息与主题中的主机名；留空则取系统主机名。',
  },
  state_dir: {
    type: someText,
    default: './state',
    help: 'The folder of the checkpoint, of one agent alone; a relative one starts at the working directory.',
    zh: '保存检查点的目录，只供一个进程使用；相对路径以进程的工作目录为起点。',
  },
  memory_limit: {
    type: size('4MiB', '64GiB'),
    default: '16MiB',
    help: 'All bytes that the agent holds of files, in buffers and on the way to Kafka.',
    zh: '缓冲区与发送途中的文件数据合计占用的内存上限。',
  },
  dead_letter_limit: {
    type: size('2MiB', '1024GiB'),
    default: '1GiB',
    help: 'How large the file of dead letters may become; when it is full, files wait at what would go into it.',
    zh: '死信文件的大小上限；写满后，相应文件会停在该处等待，不会丢失内容。',
  },
  max_open_files: {
    type: integer(1, 1_000_000),
    default: '512',
    help: 'How many files are held open at once.',
    zh: '同时打开的文件数上限。',
  },
} as const satisfies SettingTable

export const basicConf = { ...basicOfInput, ...basicOfAgent }
