/** What processes have cost, by the kernel's own books (Linux): of those that ended exactly, of one that runs when asked. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const ticksPerSecond = 100

/**
 * Seconds of user and system time of all children that ended and were waited for, with theirs; the difference of two calls is what
 * ended between them. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 16 and 17, from getrusage's RUSAGE_CHILDREN.
 */
export const cpuOfEnded = (): number => seconds(statOf('self'), 13)

/** The same of a process that runs, without its children: fields 14 and 15. */
export const cpuOf = (pid: number): number => seconds(statOf(pid), 11)

/** MB that are in memory now. */
export function rssOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return (Number(found?.[1]) * 1024) / 1e6
}

/** Files below `folder` that the process holds open. */
export function handlesOf(pid: number, folder: string): number {
  const fds = `/proc/${pid}/fd`
  return readdirSync(fds).filter((fd) => targetOf(`${fds}/${fd}`).startsWith(`${folder}/`)).length
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed since it was listed.
    return ''
  }
}

/** The fields from the third on: the second is the program's name, which may hold anything. */
function statOf(pid: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

const seconds = (fields: readonly string[], at: number): number =>
  (Number(fields[at]) + Number(fields[at + 1])) / ticksPerSecond
