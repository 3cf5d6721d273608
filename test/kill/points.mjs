// Loaded before the agent (`node --import`): kills its own process at the nth time that it reaches a named point. The product has no
// hooks for that; what is wrapped here are Node's files and sockets.
//   PANNIER_KILL=POINT:N[:SIGTERM]   the point, how often it is passed, and whether it counts from SIGTERM on only
//   PANNIER_STATE=DIR                the state directory
//   PANNIER_TRACE=FILE               gets a line for acks (`ack MS`) and for the kill (`kill MS POINT`)

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { sep } from 'node:path'

const { PANNIER_KILL: order = '', PANNIER_STATE: stateDir = '', PANNIER_TRACE: traceFile = '' } = process.env
const [wanted, nth = '1', armedBy] = order.split(':')
const { promises } = fs
const trace = fs.openSync(traceFile, 'a')
const { writeSync } = fs

let left = Number(nth)
let armed = armedBy === undefined
if (armedBy !== undefined) process.on(armedBy, () => (armed = true))
process.on('exit', () => passed('exit') && die())

/** True when this is where it is to die. */
function passed(point) {
  return armed && point === wanted && --left === 0
}

function die() {
  writeSync(trace, `kill ${Date.now()} ${wanted}\n`)
  process.kill(process.pid, 'SIGKILL')
  // Not one more instruction of the agent.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

// ---- files of the state directory

const paths = new WeakMap()
const written = new WeakSet()

/** What the file is for, or null: `births`, `checkpoint` and `letters` are appended to, a `generation` replaces one of them. */
function kindOf(path) {
  if (!path?.startsWith(stateDir + sep)) return null
  const name = path.slice(stateDir.length + 1)
  if (name === 'births' || name === 'checkpoint') return name
  if (name === 'dead-letters.jsonl') return 'letters'
  if (name === 'births.next' || name === 'checkpoint.next') return 'generation'
  return name.startsWith('manifests/') && name.endsWith('.unfinished') ? 'manifest' : null
}

const { open, rename } = promises
promises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest)
  paths.set(handle, String(path))
  return handle
}
promises.rename = async (from, to) => {
  const kind = kindOf(from)
  const isSecond = kind === 'generation' || kind === 'manifest'
  if (isSecond && passed(`${kind}-before-rename`)) die()
  await rename(from, to)
  if (kind !== null && !isSecond && passed('generation-between-renames')) die()
  if (isSecond && passed(`${kind}-after-rename`)) die()
}

const someHandle = await open('/dev/null')
const handles = Object.getPrototypeOf(someHandle)
await someHandle.close()
const { writeFile, write: writeTo, datasync, sync } = handles
function beforeWriting(handle, bytes) {
  const kind = kindOf(paths.get(handle))
  if (kind === null) return
  if (passed(`${kind}-before-write`)) die()
  if (passed(`${kind}-half-written`)) {
    writeSync(handle.fd, bytes, 0, bytes.length >> 1)
    die()
  }
  written.add(handle)
}
handles.writeFile = async function (bytes, ...rest) {
  beforeWriting(this, bytes)
  return writeFile.call(this, bytes, ...rest)
}
handles.write = async function (bytes, ...rest) {
  beforeWriting(this, bytes)
  return writeTo.call(this, bytes, ...rest)
}
const around = (original) =>
  async function () {
    // What is only read is synced too.
    const kind = written.has(this) ? kindOf(paths.get(this)) : null
    if (kind !== null && passed(`${kind}-before-fsync`)) die()
    await original.call(this)
    if (kind !== null && passed(`${kind}-after-fsync`)) die()
  }
handles.datasync = around(datasync)
handles.sync = around(sync)
syncBuiltinESMExports()

// ---- requests to Kafka: https://kafka.apache.org/protocol

const PRODUCE = 0
const CORRELATION_AT = 8
const sockets = new WeakMap()

function stateOf(socket) {
  let state = sockets.get(socket)
  if (state === undefined) {
    state = { missing: 0, isProduce: false, half: false, whole: false, awaited: new Set(), came: Buffer.alloc(0) }
    sockets.set(socket, state)
  }
  return state
}

const { write, push } = net.Socket.prototype
net.Socket.prototype.write = function (data, ...rest) {
  if (!Buffer.isBuffer(data)) return write.call(this, data, ...rest)
  const state = stateOf(this)
  if (state.missing === 0) begin(state, data)
  state.missing -= data.length
  if (state.missing > 0 || !(state.half || state.whole)) return write.call(this, data, ...rest)
  // The last piece of the request: what was corked before it leaves first.
  this.uncork()
  write.call(this, state.half ? data.subarray(0, data.length >> 1) : data, die)
  return true
}

function begin(state, head) {
  state.missing = head.readInt32BE(0) + 4
  state.isProduce = head.readInt16BE(4) === PRODUCE
  if (!state.isProduce) return
  if (passed('send-before')) die()
  state.half = passed('send-within')
  state.whole = passed('send-after')
  state.awaited.add(head.readInt32BE(CORRELATION_AT))
}

net.Socket.prototype.push = function (chunk, ...rest) {
  const state = sockets.get(this)
  if (state !== undefined && Buffer.isBuffer(chunk)) answersIn(state, chunk)
  return push.call(this, chunk, ...rest)
}

function answersIn(state, chunk) {
  state.came = state.came.length === 0 ? chunk : Buffer.concat([state.came, chunk])
  while (state.came.length >= 8) {
    const end = state.came.readInt32BE(0) + 4
    if (state.came.length < end) return
    const answer = state.came.subarray(0, end)
    state.came = state.came.subarray(end)
    if (state.awaited.delete(answer.readInt32BE(4)) && errorIn(answer) === 0) acked()
  }
}

/** Of the one partition that a request of ours names. */
function errorIn(answer) {
  const topic = 14 + answer.readInt16BE(12)
  return answer.readInt16BE(topic + 8)
}

let tracedAt = 0
function acked() {
  if (Date.now() - tracedAt >= 20) {
    tracedAt = Date.now()
    writeSync(trace, `ack ${tracedAt}\n`)
  }
  if (passed('ack-arrived')) die()
  // By then the agent has heard of it, and has not written it down.
  if (passed('ack-heard')) setImmediate(die)
}
