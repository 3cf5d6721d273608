// `pannier init`: a commented config.ini in the working folder.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleText } from '../config/sample.ts'
import { PannierError, readable, systemCode } from '../support/errors.ts'
import { readArguments } from './arguments.ts'
import { type Command, EXIT } from './io.ts'

export const init: Command = {
  name: 'init',
  summary: 'write a commented config.ini; asks nothing, overwrites nothing',
  help: `Usage: pannier init

Writes ./config.ini with every setting, its default and one line about it. A file of that name is left as it is.

  -h, --help          this text

Exit codes: 0 written, 1 not written.

Example: mkdir shipper && cd shipper && pannier init
`,
  async run(args, io) {
    readArguments('init', args, {})
    const path = join(io.cwd, 'config.ini')
    try {
      await writeFile(path, sampleText(), { flag: 'wx' })
    } catch (error) {
      throw refusal(path, error)
    }
    await io.out(`${path} is written. Set inputpath, brokers and topic in it, then: pannier check\n`)
    return EXIT.done
  },
}

function refusal(path: string, error: unknown): PannierError {
  const exists = systemCode(error) === 'EEXIST'
  return new PannierError(
    exists ? `${path} exists and is left as it is` : `${path} cannot be written: ${readable(error)}`,
    {
      code: 'INIT',
      hint: exists
        ? 'move it away first, or run pannier init in another folder'
        : 'run pannier init in a folder of your own',
      retriable: true,
      cause: error,
    },
  )
}
