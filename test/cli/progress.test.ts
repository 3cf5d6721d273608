import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Backlog } from '../../src/cli/progress.ts'
import { createScreen } from '../../src/cli/screen.ts'
import { until } from '../process/until.ts'
import { kafkaConf, place, program } from './pannier.ts'
import { deadAddress } from './strangers.ts'

const MiB = 1024 * 1024

const ESC = '\u001B'
const WRAPPING = new RegExp(`${ESC}\\[\\?7[lh]`, 'g')
const TOKENS = new RegExp(`\\r${ESC}\\[2K|\\r?\\n|[^\\r\\n]`, 'gu')

/** What a terminal shows of it in the end: enough of one for a carriage return and an erased line. */
function shown(written: string): string[] {
  const lines = ['']
  for (const [token] of written.replaceAll(WRAPPING, '').matchAll(TOKENS)) {
    if (token.endsWith('\n')) lines.push('')
    else lines[lines.length - 1] = token.startsWith('\r') ? '' : lines.at(-1) + token
  }
  return lines
}

test('a log line scrolls by above the line that stays', () => {
  let written = ''
  const screen = createScreen((text) => (written += text))
  screen.write('before\n')
  screen.pin('bar 1')
  screen.write('between\n')
  screen.pin('bar 2')
  assert.deepEqual(shown(written), ['before', 'between', 'bar 2'])
  screen.pin(null)
  screen.write('after\n')
  assert.deepEqual(shown(written), ['before', 'between', 'after', ''])
})

test('there is a bar from 8 MiB of lag on until less than 1 MiB is left', () => {
  const backlog = new Backlog()
  assert.equal(backlog.line(2 * MiB, 0), null)
  assert.match(backlog.line(100 * MiB, 1000) ?? '', /^backlog ░{30} 0 % \| 0\.0 of 104\.9 MB \| growing$/)
  assert.match(backlog.line(50 * MiB, 6000) ?? '', /^backlog █{15}░{15} 50 % \| 52\.4 of 104\.9 MB \| about 05s left$/)
  assert.match(backlog.line(2 * MiB, 10_000) ?? '', / 98 % /)
  assert.equal(backlog.line(MiB / 2, 11_000), null)
  assert.equal(backlog.line(2 * MiB, 12_000), null)
})

/** util-linux's: runs a command on a terminal of its own. */
const onTerminal = 'script'
const noScript = spawnSync(onTerminal, ['--version']).error === undefined ? false : 'no script(1) here'

test('on a terminal the bar stays below the log lines, and goes when the agent leaves', {
  skip: noScript,
}, async (t) => {
  const home = place(t, kafkaConf([await deadAddress()], 'logs'))
  home.write('a.log', 'a line\n'.repeat((9 * MiB) / 7))
  const command = `'${process.execPath}' '${program}' run`
  const child = spawn(onTerminal, ['-qec', command, '/dev/null'], { cwd: home.path })
  t.after(() => child.kill('SIGKILL'))
  let written = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text))
  const ended = once(child, 'exit')
  await until('the bar is there', () => written.includes('backlog'))
  home.write('later.log', 'text\n')
  await until('the new file is told', () => written.includes('later.log'))
  const lines = shown(written)
  assert.match(lines.at(-1) ?? '', /^backlog ░{30} 0 % \| 0\.0 of 9\.4 MB \| growing$/)
  for (const line of lines.slice(0, -1)) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} (?:INFO|WARN) {1,2}\S/)
  // Ctrl-C, twice: the first asks for the last bytes, which nobody takes.
  child.stdin.write('\u0003')
  await until('it is stopping', () => written.includes('SIGINT: shipping'))
  child.stdin.write('\u0003')
  await ended
  assert.equal(written.includes('\u001B[?25l'), false, 'the cursor was hidden')
  assert.equal(shown(written).at(-1)?.includes('backlog'), false, 'the bar was left behind')
})
