// All commands, in the order in which a person meets them.

import { check } from './check.ts'
import { dead } from './dead.ts'
import { explain } from './explain.ts'
import { init } from './init.ts'
import type { Command } from './io.ts'
import { logs } from './logs.ts'
import { restore } from './restore.ts'
import { rewind } from './rewind.ts'
import { run } from './run.ts'
import { status } from './status.ts'
import { verify } from './verify.ts'

export const commands: readonly Command[] = [init, check, explain, run, status, verify, restore, rewind, dead, logs]
