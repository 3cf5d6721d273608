import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { version } from '../../src/version.ts'
import { top } from '../../tools/package/bundle.ts'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const read = (name: string): string => readFileSync(join(top, name), 'utf8')
const manifest = JSON.parse(read('package.json')) as { version: string; dependencies: Record<string, string> }
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const noGit = existsSync(join(top, '.git')) ? false : 'this is no clone'

/** What git tracks, and what it would if it were told to. */
function files(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: top })
  return String(listed)
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(top, name)))
}

test('the version that the program says is that of package.json', () => {
  assert.equal(version, manifest.version)
})

test('the lock file holds no registry host', () => {
  const named = Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http') === true)
  assert.deepEqual(named, [])
})

test('the lock file holds the binaries of every platform, without which `npm ci` of npm 11 ends with EUSAGE', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  )
  assert.deepEqual(missing, [])
})

/** As Node looks for it: from the package's own node_modules upwards. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true
    if (at === '') return false
  }
}

test('kafkajs is pinned, since the seam and the guards reach behind its door', () => {
  assert.equal(manifest.dependencies['kafkajs'], packages['node_modules/kafkajs']?.version)
})

test('no file names a path or a registry of the machine that it was written on', { skip: noGit }, () => {
  const checkout = top.replace(/\/$/, '')
  // Set where npm runs this; everybody's own registry may be named.
  const registry = (process.env['npm_config_registry'] ?? '').replace(/^https?:\/\/([^/]*).*$/, '$1')
  const own = [
    homedir(),
    registry.endsWith('npmjs.org') ? '' : registry,
    checkout.split('/').length > 2 ? checkout : '',
  ]
  const naming = files().filter((name) => own.some((text) => text.length > 1 && names(read(name), text)))
  assert.deepEqual(naming, [])
})

/** The path as a whole: `/home` is neither in `/homes` nor in `x/home`. */
function names(content: string, text: string): boolean {
  for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) {
    if (!/[\w.-]/.test(content[at - 1] ?? ' ') && !/[\w-]/.test(content[at + text.length] ?? ' ')) return true
  }
  return false
}
