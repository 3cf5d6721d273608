import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../../src/cli/commands.ts'
import { sampleText } from '../../src/config/sample.ts'
import { sections } from '../../src/config/settings.ts'
import { pannier, place } from './pannier.ts'

test('every command has a help with an example, by --help, -h and help', async (t) => {
  const { path } = place(t)
  for (const { name } of commands) {
    const long = await pannier(path, name, '--help')
    assert.equal(long.code, 0)
    assert.match(long.out, new RegExp(`^Usage: pannier ${name}`))
    assert.match(long.out, /\nExample: /)
    assert.equal((await pannier(path, name, '-h')).out, long.out)
    assert.equal((await pannier(path, 'help', name)).out, long.out)
  }
})

test('the overview names every command, and the settings help every setting', async (t) => {
  const { path } = place(t)
  const overview = (await pannier(path, '--help')).out
  for (const { name, summary } of commands) assert.ok(overview.includes(name) && overview.includes(summary))
  assert.equal((await pannier(path)).out, overview)
  const settings = (await pannier(path, 'help', 'settings')).out
  for (const key of Object.values(sections).flatMap((table) => Object.keys(table)))
    assert.ok(settings.includes(`  ${key} =`), key)
})

test('-V prints the version of package.json', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.equal((await pannier(place(t).path, '-V')).out, `${version}\n`)
})

test('what cannot be understood is told in one line, with what was probably meant, and ends with 2', async (t) => {
  const { path } = place(t)
  const said: readonly (readonly [readonly string[], string])[] = [
    [['runn'], 'there is no command "runn" (did you mean run?); see pannier --help'],
    [['help', 'setings'], 'there is no command "setings" (did you mean settings?); see pannier --help'],
    [['run', '--onec'], 'run: unknown option --onec (did you mean --once?); see pannier run --help'],
    [['check', '-x'], 'check: unknown option -x; see pannier check --help'],
    [['explain', 'a.log'], 'explain: unexpected argument "a.log"; see pannier explain --help'],
    [['logs', '--config'], "logs: Option '-c, --config <value>' argument missing; see pannier logs --help"],
  ]
  for (const [args, message] of said) {
    const { code, out, err } = await pannier(path, ...args)
    assert.deepEqual({ code, out, err }, { code: 2, out: '', err: `pannier: ${message}\n` })
  }
})

test('init writes the sample once and never over a file that is there', async (t) => {
  const { path } = place(t)
  const config = join(path, 'config.ini')
  const mine = readFileSync(config, 'utf8')
  const refused = await pannier(path, 'init')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /config\.ini exists and is left as it is\n {2}move it away first/)
  assert.equal(readFileSync(config, 'utf8'), mine)
  const { logs } = place(t)
  const written = await pannier(logs, 'init')
  assert.equal(written.code, 0)
  assert.match(written.out, /Set inputpath, brokers and topic in it, then: pannier check/)
  assert.equal(readFileSync(join(logs, 'config.ini'), 'utf8'), sampleText())
})

test('without a configuration every command says where it looked and how to get one', async (t) => {
  const { logs } = place(t)
  for (const name of ['run', 'check', 'explain', 'logs']) {
    const { code, err } = await pannier(logs, name)
    assert.equal(code, 2)
    assert.match(
      err,
      /there is no \.\/config\.ini and no \/etc\/pannier\/config\.ini\n {2}name one with --config, or write one with: pannier init/,
    )
  }
})
