import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import { findConfigFile, loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'

type Env = Record<string, string>

function load(text: string, env: Env = {}) {
  return loadConfig({ text, path: '/etc/x/config.ini', env, host: 'host-1', cwd: '/home/me' })
}

function configOf(text: string, env: Env = {}): Config {
  const loaded = load(text, env)
  if (!loaded.ok) assert.fail(loaded.problems.map((problem) => formatProblem(problem, 'config.ini')).join('\n'))
  return loaded.config
}

function complaints(text: string, env: Env = {}): string[] {
  const loaded = load(text, env)
  return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem, '/etc/x/config.ini'))
}

function warned(text: string): string[] {
  const loaded = load(text)
  assert.ok(loaded.ok)
  return loaded.warnings.map((problem) => formatProblem(problem, 'config.ini'))
}

const input = '[basic_conf]\ninputpath = /a/*.log\n'

const manifestTopic = (more: string) =>
  configOf(`${input}[session_conf]\npublish_manifest = yes\n${more}`).session.manifestTopic
const topic = (value: string, env: Env = {}) => configOf(`${input}[kafka_conf]\ntopic = ${value}`, env).kafka.topic
const warnedOfState = (inputpath: string) =>
  warned(`[basic_conf]\ninputpath = ${inputpath}\nstate_dir = /var/log/app/state`)
const warnedOfLog = (file: string) => warned(`${input}[log_conf]\nfile = ${file}`)

describe('a config', () => {
  it('is read from the file of the Python agent as it is', () => {
    const config = configOf(readFileSync(join(import.meta.dirname, '../fixtures/config/python-agent.ini'), 'utf8'))
    const [only] = config.inputs
    assert.equal(config.inputs.length, 1)
    assert.deepEqual(only?.inputpath, ['/var/log/a', '/var/log/b'])
    assert.equal(only?.regex?.test('app.log'), true)
    assert.equal(only?.regex?.test('app.log.1'), false)
    assert.equal(config.interval, 5000)
  })

  it('has the documented defaults', () => {
    const { inputs, session, ...rest } = configOf(input)
    assert.deepEqual(rest, {
      path: '/etc/x/config.ini',
      interval: 1000,
      host: 'host-1',
      stateDir: '/home/me/state',
      stateDirIsRelative: true,
      memoryLimit: 16 * 2 ** 20,
      maxOpenFiles: 512,
      deadLetterLimit: 2 ** 30,
      kafka: {
        brokers: ['127.0.0.1:9092'],
        topic: 'logs',
        acks: 'all',
        compression: 'none',
        partitioner: 'file',
        createTopic: false,
        clientId: 'pannier',
        requestTimeout: 30_000,
        security: { ssl: null, sasl: null },
        newTopic: { partitions: null, replication: null, configs: {} },
        delivery: 'at_least_once',
        transactionalId: 'pannier-host-1',
        checkpointTopic: 'pannier-host-1.checkpoint',
      },
      shutdown: { timeout: 20_000, quiet: 1000, flushPartialOnShutdown: false, flushPartialAfter: 0 },
      log: { level: 'info', file: null, maxBytes: 50 * 2 ** 20, keep: 5 },
    })
    const { timezone, ...restOfSession } = session
    assert.deepEqual(restOfSession, {
      rollover: '0 0 * * *',
      keepSessions: 7,
      publishManifest: false,
      manifestTopic: null,
    })
    assert.doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: timezone }))
    assert.deepEqual(inputs, [
      {
        name: 'default',
        inputpath: ['/a/*.log'],
        regex: null,
        exclude: [],
        startAt: 'beginning',
        ignoreOlder: 0,
        mode: 'tail',
        onComplete: 'keep',
        moveTo: null,
        spoolQuiet: 5_000,
        charset: 'utf-8',
        closeInactive: 300_000,
        rotatedQuiet: 30_000,
        copyHold: 60_000,
        releaseDeletedAfter: 0,
        readBytesPerTurn: 4 * 2 ** 20,
        topic: 'logs',
        message: {
          format: 'json',
          maxMessageLength: 'auto',
          longLine: 'split',
          linger: 0,
          rateLimit: 0,
          lineHeaders: 'minimal',
          rules: null,
          multilineTimeout: 5_000,
          fields: {},
        },
      },
    ])
  })

  it('is frozen to its depths', () => {
    const config = configOf(`${input}[message_conf]\nfield.a = 1`)
    const parts: unknown[] = [config, config.inputs, config.inputs[0]?.message.fields, config.kafka.brokers, config.log]
    assert.ok(parts.every((part) => Object.isFrozen(part)))
  })

  it('has absolute paths, which start at the working directory', () => {
    const text =
      '[basic_conf]\ninputpath = logs/*.log;./x/;/abs/**/*.log\nexclude = *.gz;old/*;**/tmp/*;/b/c\nstate_dir = s'
    const config = configOf(`${text}\n[log_conf]\nfile = own.txt`)
    assert.deepEqual(config.inputs[0]?.inputpath, ['/home/me/logs/*.log', '/home/me/x', '/abs/**/*.log'])
    assert.deepEqual(config.inputs[0]?.exclude, ['*.gz', '/home/me/old/*', '**/tmp/*', '/b/c'])
    assert.equal(config.stateDir, '/home/me/s')
    assert.equal(config.log.file, '/home/me/own.txt')
  })

  it('takes lists over several lines', () => {
    const config = configOf(
      '[basic_conf]\ninputpath =\n  /a/*.log\n  /b;/c\n[kafka_conf]\nbrokers = k1:1,\n  k2\n  [::1]:3',
    )
    assert.deepEqual(config.inputs[0]?.inputpath, ['/a/*.log', '/b', '/c'])
    assert.deepEqual(config.kafka.brokers, ['k1:1', 'k2:9092', '[::1]:3'])
  })

  it('sends manifests to the topic with .manifests unless told where', () => {
    assert.equal(manifestTopic(''), 'logs.manifests')
    assert.equal(manifestTopic('manifest_topic = elsewhere'), 'elsewhere')
  })
})

describe('an [input:NAME]', () => {
  const both = `[basic_conf]
inputpath = /a
regex = x
ignore_older = 7d
[message_conf]
format = raw
field.Team = core
field.env = prod
[input:web.1]
inputpath = /w
regex =
topic = {basename}
max_message_length = 2KiB
field.env = test
`
  it('inherits what it does not set', () => {
    const [first, web] = configOf(both).inputs
    assert.equal(first?.name, 'default')
    assert.deepEqual(first?.message.fields, { Team: 'core', env: 'prod' })
    assert.equal(first?.message.maxMessageLength, 'auto')
    assert.equal(web?.name, 'web.1')
    assert.deepEqual(web?.inputpath, ['/w'])
    assert.equal(web?.regex, null)
    assert.equal(web?.ignoreOlder, 7 * 86_400_000)
    assert.equal(web?.topic, '{basename}')
    assert.equal(web?.message.format, 'raw')
    assert.equal(web?.message.maxMessageLength, 2048)
    assert.deepEqual(web?.message.fields, { Team: 'core', env: 'test' })
  })
  it('makes the inputpath of [basic_conf] needless', () => {
    assert.deepEqual(
      configOf('[input:a b]\ninputpath = /w').inputs.map(({ name }) => name),
      ['a b'],
    )
  })
  it('must have an inputpath of its own', () => {
    assert.deepEqual(complaints(`${input}[input:web]\ntopic = web`), [
      'config.ini:3: [input:web] inputpath: names no files to ship (e.g. inputpath = /var/log/app/*.log)',
    ])
  })
  it('cannot set what there is once for the agent', () => {
    assert.deepEqual(complaints('[input:web]\ninputpath = /w\ninterval = 1s'), [
      'config.ini:3: [input:web] interval: no such setting (it belongs in [basic_conf])',
    ])
  })
  it('needs a name that is not taken', () => {
    const path = 'inputpath = /w'
    const text = `${input}[input:]\n${path}\n[input:default]\n${path}\n[input:a]\n${path}\n[input: a]\n${path}`
    assert.deepEqual(complaints(text), [
      'config.ini:3: [input:]: the input has no name (e.g. [input:web])',
      'config.ini:5: [input:default]: the input of [basic_conf] has this name (choose another one)',
      'config.ini:9: [input: a]: the name a is taken (choose another one)',
    ])
  })
})

describe('problems', () => {
  it('are all told at once, by line', () => {
    const text = `[basic_conf]
inputpaht = /a
interval = 5x
memory_limit = 1MiB
regex = (
[kafka_conf]
acks = 2
topic = my logs
interval = 1
brokers = a:b
[sessionconf]
x = 1
[log_conf]
keep = many
nonsense
`
    assert.deepEqual(complaints(text), [
      'config.ini:1: [basic_conf] inputpath: names no files to ship (e.g. inputpath = /var/log/app/*.log)',
      'config.ini:2: [basic_conf] inputpaht: no such setting (did you mean inputpath?)',
      'config.ini:3: [basic_conf] interval = 5x: not a duration (e.g. 500ms, 5s, 2m, 1h, 1d)',
      'config.ini:4: [basic_conf] memory_limit = 1MiB: too small (at least 4MiB)',
      "config.ini:5: [basic_conf] regex = (: not a regular expression: Unterminated group (the syntax is that of Python's re)",
      'config.ini:7: [kafka_conf] acks = 2: not one of the choices (all, 1)',
      'config.ini:8: [kafka_conf] topic = my logs: not a legal topic (letters, digits, dots, underscores and hyphens)',
      'config.ini:9: [kafka_conf] interval: no such setting (it belongs in [basic_conf])',
      'config.ini:10: [kafka_conf] brokers = a:b: a:b is not host:port (e.g. kafka-1:9092,kafka-2:9092)',
      'config.ini:11: [sessionconf]: no such section (did you mean session_conf?)',
      'config.ini:14: [log_conf] keep = many: not a whole number (0 to 1000)',
      'config.ini:15: [log_conf]: the line is neither a pair, a section nor a comment (a pair is written key = value)',
    ])
  })
  it('of a bad value inherited by inputs are told once', () => {
    assert.equal(
      complaints('[message_conf]\nformat = xml\n[input:a]\ninputpath = /a\n[input:b]\ninputpath = /b').length,
      1,
    )
  })
  it('never show the value of an unknown key, which may be a secret', () => {
    const text = `${input}[kafka_conf]\nsasl_pasword = hunter2\nsasl_password = hunter2`
    assert.deepEqual(complaints(text), [
      'config.ini:4: [kafka_conf] sasl_pasword: no such setting (did you mean sasl_password?)',
      'config.ini:5: [kafka_conf] sasl_password: has no effect with sasl = none (set sasl, e.g. sasl = scram-sha-512)',
    ])
    assert.equal(complaints(input, { PANNIER_KAFKA_CONF_SASL_PASWORD: 'hunter2' }).join().includes('hunter2'), false)
  })
  it('suggest how sections are written', () => {
    assert.deepEqual(complaints(`${input}[kafka]\n[input web]\n[zzz]`), [
      'config.ini:3: [kafka]: no such section (did you mean kafka_conf?)',
      'config.ini:4: [input web]: no such section (a further input is written [input:NAME])',
      'config.ini:5: [zzz]: no such section',
    ])
  })
  it('are told of an empty file', () => {
    assert.deepEqual(complaints(''), [
      'config.ini: [basic_conf] inputpath: names no files to ship (e.g. inputpath = /var/log/app/*.log)',
    ])
  })
  it('are told of a message that would fill more than a quarter of the memory', () => {
    assert.deepEqual(complaints(`${input}memory_limit = 4MiB\n[message_conf]\nmax_message_length = 1048577`), [
      'config.ini:5: [message_conf] max_message_length = 1048577: more than a quarter of memory_limit (at most 1048576 bytes, or raise memory_limit)',
    ])
    assert.deepEqual(complaints(`${input}memory_limit = 4MiB\n[message_conf]\nmax_message_length = 1MiB`), [])
    const packed = `${input}memory_limit = 4MiB\n[kafka_conf]\ncompression = lz4\n[message_conf]\nmax_message_length = 1MiB`
    assert.match(
      complaints(packed).join(),
      /more than a sixth, with compression, of memory_limit \(at most 699050 bytes/,
    )
  })
  it('are told of dead letters that may have no room for a message', () => {
    assert.deepEqual(complaints(`${input}memory_limit = 8MiB\ndead_letter_limit = 3MiB`), [
      'config.ini:4: [basic_conf] dead_letter_limit = 3MiB: less than half of memory_limit, so that it may not hold a single message (at least 4194304 bytes)',
    ])
    assert.deepEqual(complaints(`${input}memory_limit = 8MiB\ndead_letter_limit = 4MiB`), [])
  })
  it('do not follow from a setting that is already told of', () => {
    assert.deepEqual(complaints(`${input}memory_limit = lots\n[message_conf]\nmax_message_length = 100MiB`).length, 1)
  })
  it('are told of a manifest topic that cannot be derived', () => {
    const text = `${input}[kafka_conf]\ntopic = {basename}\n[session_conf]\npublish_manifest = on`
    assert.match(complaints(text).join('\n'), /manifest_topic: cannot be derived from the topic \{basename\}/)
  })
  it('tell where comments belong', () => {
    assert.deepEqual(complaints(`${input}interval = 1s   ; between rounds`), [
      'config.ini:3: [basic_conf] interval = 1s   ; between rounds: not a duration (a comment needs a line of its own)',
    ])
  })
  it('are told of a field without a name', () => {
    assert.deepEqual(complaints(`${input}[message_conf]\nfield. = x`), [
      'config.ini:4: [message_conf] field. = x: the field has no name',
    ])
  })
})

describe('a spool', () => {
  it('may complete its files in any way, each input in its own', () => {
    const text = `${input}mode = spool\non_complete = move\nmove_to = done\n[input:a]\ninputpath = /b\non_complete = delete`
    assert.deepEqual(complaints(text), [])
  })
  it('is refused without a folder to move to, and with an end to start at', () => {
    const text = `${input}mode = spool\non_complete = move\nstart_at = end`
    assert.deepEqual(complaints(text), [
      'config.ini:1: [basic_conf] move_to: names no folder for on_complete = move (e.g. move_to = /var/spool/done)',
      'config.ini:5: [basic_conf] start_at = end: a file of mode spool is shipped whole (leave it at beginning)',
    ])
  })
})

describe('what a topic is created with', () => {
  const created = (lines: string) => configOf(`${input}[kafka_conf]\ncreate_topic = yes\n${lines}`).kafka.newTopic
  it('is left to the broker unless told', () => {
    assert.deepEqual(created(''), { partitions: null, replication: null, configs: {} })
    assert.deepEqual(created('create_topic_partitions = 6\ncreate_topic_replication = AUTO'), {
      partitions: 6,
      replication: null,
      configs: {},
    })
    assert.deepEqual(created('create_topic_config = retention.ms = 1000; x.y=a,b;cleanup.policy=delete').configs, {
      'retention.ms': '1000',
      'x.y': 'a,b',
      'cleanup.policy': 'delete',
    })
  })
  it('is refused where it is none, would compact, or has no effect', () => {
    const text = `${input}[kafka_conf]\ncreate_topic = yes\ncreate_topic_partitions = 0\ncreate_topic_config = `
    assert.match(String(complaints(`${text}retention`)), /partitions = 0: out of range.*retention: not name=value/s)
    assert.match(
      String(complaints(`${text}cleanup.policy=compact,delete`)),
      /compaction would keep one message of each/,
    )
    assert.deepEqual(complaints(`${input}[kafka_conf]\ncreate_topic_replication = 3`), [
      'config.ini:4: [kafka_conf] create_topic_replication = 3: has no effect with create_topic = no (set create_topic = yes)',
    ])
  })
})

describe('a setting that is not available in this version', () => {
  it('is accepted at its default', () => {
    const text = `${input}copy_hold = 1m\nrelease_deleted_after = 0
[kafka_conf]\ncompression = none\ndelivery = at_least_once
[message_conf]\nmultiline_start =\nmultiline_timeout = 5s
[http_conf]\nlisten =\nstuck_after = 300s
[input:a]\ninputpath = /b\nlinger = 0`
    assert.deepEqual(complaints(text), [])
  })
  it('is refused at any other value', () => {
    const text = `${input}[kafka_conf]\ncompression = gzip\n[http_conf]\nlisten = :8080`
    assert.deepEqual(complaints(text), [
      'config.ini:6: [http_conf] listen: not available in this version (leave it empty)',
    ])
  })
})

describe('a charset', () => {
  it('has the name that messages carry, whatever people call it', () => {
    for (const [typed, name] of Object.entries({
      UTF8: 'utf-8',
      ascii: 'utf-8',
      CP936: 'gbk',
      gb2312: 'gbk',
      'Shift-JIS': 'shift_jis',
      latin1: 'iso-8859-1',
      cp1251: 'windows-1251',
      'UTF-16': 'utf-16',
      UTF_16LE: 'utf-16le',
    }))
      assert.equal(configOf(`${input}charset = ${typed}`).inputs[0]?.charset, name, typed)
  })
  it('that is unknown is refused with a suggestion, and one that cannot be read by lines with the reason', () => {
    assert.deepEqual(complaints(`${input}charset = gb18300`), [
      'config.ini:3: [basic_conf] charset = gb18300: not a charset that is known (did you mean gb18030?)',
    ])
    assert.match(String(complaints(`${input}charset = utf-32`)), /UTF-32 is not supported: convert the file/)
    assert.match(String(complaints(`${input}charset = iso-2022-jp`)), /depends on those before them/)
  })
})

describe('date tokens in globs', () => {
  it('are left to discovery', () => {
    const text = '[basic_conf]\ninputpath = /a-{yyyyMMdd}.log;/{yyyy}/{MM}/{dd}/{a,b}\nexclude = x-{yyyy-MM-dd}'
    assert.deepEqual(configOf(text).inputs[0]?.inputpath, ['/a-{yyyyMMdd}.log', '/{yyyy}/{MM}/{dd}/{a,b}'])
    assert.deepEqual(configOf(text).inputs[0]?.exclude, ['x-{yyyy-MM-dd}'])
  })
  it('are refused where there is no such token', () => {
    const there = 'there are {yyyyMMdd} {yyyy-MM-dd} {yyyyMM} {yyyy} {MM} {dd}'
    assert.deepEqual(complaints('[basic_conf]\ninputpath = /a;/b-{yyyyMMddHH}.log\nexclude = {YYYY}'), [
      `config.ini:2: [basic_conf] inputpath = /a;/b-{yyyyMMddHH}.log: {yyyyMMddHH} is no date token (${there})`,
      `config.ini:3: [basic_conf] exclude = {YYYY}: {YYYY} is no date token (${there})`,
    ])
  })
})

describe('variables in values', () => {
  it('are put in', () => assert.equal(topic('a-${X}-${Y}', { X: '1', Y: '2' }), 'a-1-2'))
  it('may have a default, also for an empty one', () => {
    assert.equal(topic('${X:-logs}'), 'logs')
    assert.equal(topic('${X:-logs}', { X: '' }), 'logs')
    assert.equal(topic('${X:-logs}', { X: 'set' }), 'set')
  })
  it('are told of when unset or malformed', () => {
    assert.deepEqual(complaints(`${input}[kafka_conf]\ntopic = \${X}\nclient_id = \${a-b}`), [
      'config.ini:4: [kafka_conf] topic = ${X}: the environment has no X (set it, or write ${X:-default})',
      'config.ini:5: [kafka_conf] client_id = ${a-b}: ${a-b} is no reference to a variable (write $${ for a literal ${)',
    ])
  })
  it('are not what every object has', () => {
    assert.match(
      complaints(`${input}[kafka_conf]\ntopic = \${constructor}`).join(),
      /the environment has no constructor/,
    )
  })
  it('leave $${ as a literal, and a lone $ alone', () => {
    const fields = configOf(`${input}[message_conf]\nfield.a = $\${X} $ $$ a$`).inputs[0]?.message.fields
    assert.deepEqual(fields, { a: '${X} $ $$ a$' })
  })
})

describe('a PANNIER_ variable', () => {
  it('stands before the file, and is taken as it is', () => {
    const env = { PANNIER_BASIC_CONF_INTERVAL: '2m', PANNIER_KAFKA_CONF_BROKERS: 'k:1', PANNIER_LOG_CONF_FILE: '${X}' }
    const config = configOf(`${input}interval = \${UNSET}\n[kafka_conf]\nbrokers = nonsense:`, env)
    assert.equal(config.interval, 120_000)
    assert.deepEqual(config.kafka.brokers, ['k:1'])
    assert.equal(config.log.file, '/home/me/${X}')
  })
  it('can stand for the whole file', () => {
    assert.deepEqual(configOf('', { PANNIER_BASIC_CONF_INPUTPATH: '/x;/y' }).inputs[0]?.inputpath, ['/x', '/y'])
  })
  it('reaches inputs and fields', () => {
    const env = {
      PANNIER_INPUT_WEB_1_TOPIC: 'w',
      PANNIER_MESSAGE_CONF_FIELD_TEAM: 'ops',
      PANNIER_MESSAGE_CONF_FIELD_NEW: 'n',
      PANNIER_INPUT_WEB_1_FIELD_ONLY: 'here',
    }
    const text = `${input}[message_conf]\nfield.Team = core\n[input:web-1]\ninputpath = /w`
    const [first, web] = configOf(text, env).inputs
    assert.equal(first?.topic, 'logs')
    assert.equal(web?.topic, 'w')
    assert.deepEqual(first?.message.fields, { Team: 'ops', new: 'n' })
    assert.deepEqual(web?.message.fields, { Team: 'ops', new: 'n', only: 'here' })
  })
  it('is named in the problem with its value', () => {
    assert.deepEqual(complaints(input, { PANNIER_BASIC_CONF_INTERVAL: '5x' }), [
      'PANNIER_BASIC_CONF_INTERVAL: [basic_conf] interval = 5x: not a duration (e.g. 500ms, 5s, 2m, 1h, 1d)',
    ])
  })
  it('is told of when it names no setting of a section', () => {
    const env = {
      PANNIER_KAFKA_CONF_BROKER: 'x',
      PANNIER_INPUT_NO_TOPIC: 'x',
      PANNIER_HTTP_CONF_LISTEN: ':1',
      PANNIER_HOME: 'x',
    }
    assert.deepEqual(complaints(input, env), [
      'PANNIER_KAFKA_CONF_BROKER: [kafka_conf]: names no setting (did you mean PANNIER_KAFKA_CONF_BROKERS?)',
      'PANNIER_INPUT_NO_TOPIC: names no setting',
      'PANNIER_HTTP_CONF_LISTEN: [http_conf] listen: not available in this version (leave it empty)',
    ])
  })
})

describe('a warning', () => {
  it('is given of a state folder where files are looked for', () => {
    assert.deepEqual(warnedOfState('/var/log/**/*.log'), [
      'config.ini:3: [basic_conf] state_dir = /var/log/app/state: lies where the input /var/log/**/*.log looks for files (move it elsewhere)',
    ])
    for (const covering of ['/var/log/app/state', '/var/log/*/state/*', '/var/log/{app,x}/s[t]ate/*']) {
      assert.equal(warnedOfState(covering).length, 1, covering)
    }
    for (const apart of ['/var/log/app/*.log', '/var/log/app', '/var/*/*'])
      assert.deepEqual(warnedOfState(apart), [], apart)
  })
  it('is given of a log file that the agent would ship itself', () => {
    assert.match(warnedOfLog('/a/own.log').join(), /log_conf\] file = \/a\/own\.log: lies where/)
    assert.deepEqual(warnedOfLog('/b/own.log'), [])
  })
  it('is given of a quiet time that the timeout never allows', () => {
    assert.match(warned(`${input}[shutdown_conf]\nshutdown_timeout = 500ms`).join(), /longer than shutdown_timeout/)
  })
  it('is given of a pair that was indented by mistake', () => {
    assert.deepEqual(warned('[basic_conf]\ninputpath = /a\n regex = x'), [
      'config.ini:2: [basic_conf] inputpath = /a\\nregex = x: regex, below it, is indented and so belongs to this value (move it to the start of its line)',
    ])
  })
})

it('the config file is sought in the working directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-config-'))
  try {
    writeFileSync(join(folder, 'config.ini'), input)
    assert.equal(findConfigFile(folder), join(folder, 'config.ini'))
    assert.notEqual(findConfigFile(join(folder, 'nowhere')), join(folder, 'config.ini'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
