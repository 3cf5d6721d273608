// What `check` says of spools: whether their files can be renamed, moved or deleted once they are shipped. Nothing is tried out.

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config, InputConfig } from '../config/config.ts'
import { discover } from '../files/discover.ts'
import { systemDisk } from '../files/disk.ts'
import { localDate } from '../state/calendar.ts'
import { readable } from '../support/errors.ts'
import { type Finding, fail, ok } from './finding.ts'

export async function checkSpools(config: Config): Promise<Finding[]> {
  const today = localDate(Date.now(), config.session.timezone)
  const spools = config.inputs.filter(({ mode, onComplete }) => mode === 'spool' && onComplete !== 'keep')
  const findings = await Promise.all(spools.map((input) => checkSpool(input, today)))
  return findings.flat()
}

async function checkSpool(input: InputConfig, today: string): Promise<Finding[]> {
  const { onComplete, moveTo } = input
  const { candidates } = await discover([input], systemDisk, [today])
  const folders = new Set(candidates.map(({ path }) => dirname(path)))
  const findings: Finding[] = []
  for (const folder of folders) {
    const fault = await writeFault(folder)
    if (fault === null) continue
    const subject = `folder ${folder}: on_complete = ${onComplete} cannot be done there`
    findings.push(
      fail(`${subject}: ${fault}`, 'let this user write to the folder (chmod, setfacl), or set on_complete = keep'),
    )
  }
  if (findings.length === 0 && folders.size > 0) findings.push(ok(`on_complete = ${onComplete}: can be done`))
  if (onComplete === 'move' && moveTo !== null) findings.push(await checkTarget(moveTo))
  return findings
}

async function checkTarget(moveTo: string): Promise<Finding> {
  const hint = 'create it for this user, or correct [basic_conf] move_to'
  try {
    if (!(await stat(moveTo)).isDirectory()) return fail(`move_to ${moveTo}: it is not a folder`, hint)
  } catch (error) {
    return fail(`move_to ${moveTo}: ${readable(error)}`, hint)
  }
  const fault = await writeFault(moveTo)
  return fault === null ? ok(`move_to ${moveTo}: can be written`) : fail(`move_to ${moveTo}: ${fault}`, hint)
}

async function writeFault(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    return readable(error)
  }
}
