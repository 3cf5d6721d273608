/** A process of its own that takes the lock of the folder it is given, says so, and holds it until its input ends. */
import { acquireLock } from '../../src/state/lock.ts'

try {
  const lock = await acquireLock({ stateDir: process.argv[2] ?? '', host: 'first-host', pid: process.pid, beat: 20 })
  process.stdout.write('held\n')
  process.stdin.on('end', () => void lock.release().then(() => process.stdout.write('released\n')))
  process.stdin.resume()
} catch (error) {
  process.stdout.write(`${String(error)}\n`)
  process.exitCode = 3
}
