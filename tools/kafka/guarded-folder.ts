/** A temp folder with the processes that work in it; both end with the process that made them, even with its SIGKILL. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface GuardedFolder {
  readonly path: string
  /** Runs a program in the folder, its output appended to `NAME.log` there. */
  run(name: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess
  /** Kills what still runs, removes the folder, and resolves when both are done. */
  remove(): Promise<void>
}

const watchdog = fileURLToPath(new URL('watchdog.sh', import.meta.url))

/** `lastCommand` is shell text that runs after the folder has gone, for what lives outside of it. */
export function guardedFolder(prefix: string, lastCommand = ''): GuardedFolder {
  const path = mkdtempSync(join(tmpdir(), prefix))
  // Detached, since Ctrl-C reaches the whole foreground group and must leave the watchdog its work.
  const guard = spawn('sh', [watchdog, path, lastCommand], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  letParentExit(guard)
  const children: ChildProcess[] = []
  return {
    path,
    run(name, command, args, env) {
      const child = runIn(path, `${name}-${children.length}`, name, command, args, env)
      children.push(child)
      return child
    },
    async remove() {
      await endOf(guard, () => guard.stdin?.end())
      await Promise.all(children.map((child) => endOf(child, () => child.kill('SIGKILL'))))
    },
  }
}

/** Resolves when `child` has exited; keeps this process alive until then. */
export async function endOf(child: ChildProcess, cause: () => void): Promise<void> {
  const exited = hasExited(child) ? null : once(child, 'exit')
  child.ref()
  cause()
  await exited
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function runIn(
  folder: string,
  id: string,
  name: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'a')
  const pidFile = join(folder, `${id}.pid`)
  // The pid is on disk before the program starts, so there is no moment at which the watchdog could miss it.
  const child = spawn('sh', ['-c', 'echo $$ >"$0" && exec "$@"', pidFile, command, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  // A pid left behind could be another process by the time that the watchdog reads it.
  child.once('exit', () => rmSync(pidFile, { force: true }))
  child.unref()
  return child
}

function letParentExit(guard: ChildProcess): void {
  guard.unref()
  const pipe: unknown = guard.stdin
  if (pipe && typeof pipe === 'object' && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}
