/** Half of a broker's start is loading classes: they are archived once, beside the jars, and mapped by every start after that. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** What a broker does with `flags` from its start to its orderly end. */
export type Rehearsal = (flags: readonly string[]) => Promise<void>

/**
 * The JVM's flags to use the archive of these jars, which `rehearse` fills where there is none. It only saves time: where there
 * can be none, there are no flags. https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
export async function archiveFlags(jars: string, rehearse: Rehearsal): Promise<string[]> {
  // The archive of one JVM is of no use to another.
  const { stderr } = await execute('java', ['-version'])
  const archive = `${jars}-${createHash('sha256').update(stderr).digest('hex').slice(0, 8)}.jsa`
  // An empty one says that there can be none here: a rehearsal takes many times what it may save.
  if (!existsSync(archive)) await fill(archive, jars, rehearse).catch(() => writeFile(archive, ''))
  return statSync(archive).size > 0 ? [`-XX:SharedArchiveFile=${archive}`] : []
}

async function fill(archive: string, jars: string, rehearse: Rehearsal): Promise<void> {
  const filling = `${archive}.${process.pid}`
  try {
    await rehearse([`-XX:ArchiveClassesAtExit=${filling}`])
    // It would be passed over in silence if it was cut short, by every start.
    await execute('java', ['-Xshare:on', `-XX:SharedArchiveFile=${filling}`, '-cp', join(jars, '*'), '-version'])
    await rename(filling, archive)
  } finally {
    await rm(filling, { force: true })
  }
}
