// `pannier logs`: the agent's own log file; followed by the tail-file package, which goes on in the new file when it is rolled.

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import Tail from 'tail-file'
import { readableLine } from '../observe/log.ts'
import { PannierError, readable, systemCode } from '../support/errors.ts'
import { configOption, readArguments } from './arguments.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { readConfig } from './read-config.ts'
import { refuse } from './run.ts'

export const logs: Command = {
  name: 'logs',
  summary: "print the agent's own log",
  help: `Usage: pannier logs [--follow] [--config FILE]

Prints the file that [log_conf] file names: for a person on a terminal, as JSON lines into a pipe or a file.

  -f, --follow        go on as lines are written, also into the next file when it is rolled; ends with Ctrl-C
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

Exit codes: 0 printed, 1 there is no log to print, 2 wrong configuration.

Example: pannier logs --follow | jq 'select(.level == "error")'
`,
  graceful: true,
  async run(args, io) {
    const values = readArguments('logs', args, { ...configOption, follow: { type: 'boolean', short: 'f' } } as const)
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    const { file } = read.config.log
    if (file === null) {
      throw new PannierError('there is no log file: [log_conf] file is empty, so the agent logs to stderr', {
        code: 'LOG_FILE',
        hint: 'set [log_conf] file = pannier.log, or ask whoever runs the agent: journalctl -u pannier, docker logs, kubectl logs',
        retriable: true,
      })
    }
    await (values.follow === true ? follow(file, io) : printAll(file, io))
    return EXIT.done
  },
}

async function printAll(file: string, io: Io): Promise<void> {
  try {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      if (io.signals.stop.aborted) return
      await io.out(shown(line, io))
    }
  } catch (error) {
    throw systemCode(error) === 'EPIPE' ? error : unreadable(file, error)
  }
}

/** From the file's beginning until the first signal, or until nobody reads us any more. */
async function follow(file: string, io: Io): Promise<void> {
  await stat(dirname(file)).catch((error: unknown) => Promise.reject(unreadable(dirname(file), error)))
  const end = new AbortController()
  const stop = AbortSignal.any([io.signals.stop, end.signal])
  let fault: unknown = null
  const leave = (error: unknown): void => {
    fault ??= error
    end.abort()
  }
  const tail = new Tail(file, { startPos: 'start', force: true })
  tail.on('line', (line: string) => void io.out(shown(line, io)).catch(leave))
  tail.on('error', (error: unknown) => {
    // It is not there yet, or just being rolled: tail-file waits for it.
    if (systemCode(error) !== 'ENOENT') leave(unreadable(file, error))
  })
  tail.start()
  if (!stop.aborted) await once(stop, 'abort')
  await tail.stop()
  if (fault !== null) throw fault
}

const shown = (line: string, io: Io): string => (io.outTerminal ? readableLine(line) : `${line}\n`)

function unreadable(file: string, error: unknown): PannierError {
  const hint = 'start the agent with this configuration first, or correct [log_conf] file'
  return new PannierError(`${file} cannot be read: ${readable(error)}`, {
    code: 'LOG_FILE',
    hint,
    retriable: true,
    cause: error,
  })
}
