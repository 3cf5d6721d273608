/** What a running process has cost so far, by the kernel's own books (Linux). */

import { readFileSync } from 'node:fs'

export interface Cost {
  /** Seconds of user and system time. */
  readonly cpu: number
  /** The most memory that it ever had, in MB. */
  readonly peakRss: number
}

const ticksPerSecond = 100
const sampleEvery = 50

/** Returns how to ask; the answer is that of the last moment at which the process was alive. */
export function watchCost(pid: number): () => Cost {
  let last: Cost = { cpu: 0, peakRss: 0 }
  const timer = setInterval(() => {
    last = costOf(pid) ?? last
  }, sampleEvery)
  return () => {
    clearInterval(timer)
    return costOf(pid) ?? last
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15 are user and system time in ticks. */
function costOf(pid: number): Cost | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (peak === null) return null
    return { cpu: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, peakRss: (Number(peak[1]) * 1024) / 1e6 }
  } catch {
    return null
  }
}
