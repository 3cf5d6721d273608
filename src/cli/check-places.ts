// What `check` says of the places where the agent itself writes: its state directory and its log; and of its open files.

import { constants } from 'node:fs'
import { access, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config, LogConfig } from '../config/config.ts'
import { folderFault } from '../state/folder-fault.ts'
import { holderOf } from '../state/lock-holder.ts'
import { systemClock } from '../support/clock.ts'
import { PannierError, readable, systemCode } from '../support/errors.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Sockets, the state, the log, and what Node itself holds open. */
const OTHER_HANDLES = 64

export async function checkPlaces(config: Config): Promise<Finding[]> {
  const { stateDir, log, maxOpenFiles } = config
  return [
    ...(await checkState(stateDir)),
    ...relative(config),
    ...(await checkLog(log)),
    ...(await checkOpenFiles(maxOpenFiles)),
  ]
}

function relative({ stateDir, stateDirIsRelative }: Config): Finding[] {
  if (!stateDirIsRelative) return []
  return [
    warn(
      `state_dir ${stateDir}: it depends on the directory that the agent is started in`,
      'start it there each time, or set [basic_conf] state_dir to an absolute path',
    ),
  ]
}

async function checkState(stateDir: string): Promise<Finding[]> {
  const subject = `state_dir ${stateDir}`
  try {
    const found = await stat(stateDir).catch((error: unknown) =>
      systemCode(error) === 'ENOENT' ? null : Promise.reject(error),
    )
    if (found === null) return [await checkParent(subject, dirname(stateDir))]
    if (!found.isDirectory()) return [fail(`${subject}: it is not a folder`, 'correct state_dir, or remove that file')]
    await probe(stateDir)
    return [ok(`${subject}: can be written`), await checkHolder(subject, stateDir)]
  } catch (error) {
    const fault = error instanceof PannierError ? error : folderFault('open', stateDir, error)
    return [fail(`${subject}: ${fault.message}`, fault.hint ?? 'correct [basic_conf] state_dir')]
  }
}

/** As the agent writes: a disk that is full, or mounted read-only, shows only then. */
async function probe(stateDir: string): Promise<void> {
  const path = join(stateDir, `check.${process.pid}.unfinished`)
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile('pannier check\n')
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw folderFault('write', path, error)
  } finally {
    await rm(path, { force: true }).catch(() => {})
  }
}

async function checkHolder(subject: string, stateDir: string): Promise<Finding> {
  const holder = await holderOf(stateDir, systemClock)
  if (holder === null) return ok(`${subject}: held by no other agent`)
  const named =
    holder === 'unnamed'
      ? 'which has not said its name'
      : `host ${holder.host}, pid ${holder.pid}, since ${holder.since}`
  return warn(
    `${subject}: held by an agent (${named})`,
    'fine if that is the agent you mean; another one needs a state_dir of its own',
  )
}

/** The nearest folder above that exists decides whether the missing ones can be made. */
async function checkParent(subject: string, folder: string): Promise<Finding> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return ok(`${subject}: will be created`)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && dirname(folder) !== folder) return checkParent(subject, dirname(folder))
    return fail(
      `${subject}: it is not there, and cannot be made in ${folder}: ${readable(error)}`,
      'create it for this user, with mode 0700',
    )
  }
}

async function checkLog({ file }: LogConfig): Promise<Finding[]> {
  if (file === null) return []
  try {
    await access(file, constants.W_OK)
    return [ok(`log ${file}: can be written`)]
  } catch (error) {
    const hint = 'correct [log_conf] file, or let this user write there'
    if (systemCode(error) !== 'ENOENT') return [fail(`log ${file}: ${readable(error)}`, hint)]
    const parent = await checkParent(`log ${file}`, dirname(file))
    return [parent.verdict === 'FAIL' ? { ...parent, hint } : parent]
  }
}

/** Node has raised the soft limit to the hard one by now. Only Linux tells it. */
async function checkOpenFiles(wanted: number): Promise<Finding[]> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  if (wanted + OTHER_HANDLES <= limit) return [ok(`max_open_files = ${wanted}: within the system's limit`)]
  return [
    warn(
      `max_open_files = ${wanted}: the system's limit is ${limit}, of which ${OTHER_HANDLES} are needed otherwise`,
      'raise ulimit -n, or lower max_open_files',
    ),
  ]
}
