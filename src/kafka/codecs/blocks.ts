// snappy and lz4, by assembly/codec.ts. It writes whole frames; those of others are taken apart here.

import { Arena } from './arena.ts'
import { type Codec, damaged } from './codec.ts'

interface Blocks {
  readonly memory: WebAssembly.Memory
  readonly BASE: WebAssembly.Global
  readonly lz4: (from: number, length: number, to: number) => number
  readonly snappy: (from: number, length: number, to: number) => number
  readonly unLz4: (from: number, length: number, to: number, room: number, floor: number) => number
  readonly unSnappy: (from: number, length: number, to: number, room: number) => number
}

/** More than either makes of bytes that cannot be compressed, heads of frames and blocks included. */
const most = (length: number): number => length + Math.ceil(length / 6) + 1024

export function bindBlocks(module: WebAssembly.Module, name: 'snappy' | 'lz4'): Codec {
  const blocks = new WebAssembly.Instance(module).exports as unknown as Blocks
  const arena = new Arena(blocks.memory, blocks.BASE.value)
  const expand = name === 'lz4' ? fromLz4 : fromSnappy
  return {
    compress(bytes) {
      const to = arena.take(bytes, most(bytes.length))
      return arena.view(to, to + blocks[name](arena.input, bytes.length, to))
    },
    decompress: (bytes) => expand(blocks, arena, bytes),
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** 0x82 "SNAPPY" 0, versions, and then blocks behind their lengths; or one block alone, as librdkafka writes it. */
function fromSnappy(blocks: Blocks, arena: Arena, bytes: Uint8Array): Uint8Array {
  const found = snappyBlocks(bytes).map(([from, length]) => ({ from, length, ...preamble(bytes, from) }))
  const size = found.reduce((sum, block) => sum + block.size, 0)
  const start = arena.take(bytes, size)
  let to = start
  for (const { from, length, digits, size: room } of found) {
    const end = blocks.unSnappy(arena.input + from + digits, length - digits, to, room)
    if (end !== to + room) throw damaged('snappy')
    to = end
  }
  return arena.view(start, to)
}

const XERIAL = 0x82534e41
const XERIAL_HEAD = 16

function snappyBlocks(bytes: Uint8Array): [from: number, length: number][] {
  const view = viewOf(bytes)
  if (bytes.length < XERIAL_HEAD || view.getUint32(0) !== XERIAL) return [[0, bytes.length]]
  const found: [number, number][] = []
  for (let at = XERIAL_HEAD; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? view.getUint32(at) : 0
    if (length === 0 || at + 4 + length > bytes.length) throw damaged('snappy')
    found.push([at + 4, length])
    at += 4 + length
  }
  return found
}

/** How long the block is once it is decompressed. */
function preamble(bytes: Uint8Array, from: number): { size: number; digits: number } {
  let size = 0
  for (let digits = 0; digits < 5; digits++) {
    const byte = bytes[from + digits] ?? 0
    size += (byte & 0x7f) * 128 ** digits
    if (byte < 0x80) return { size, digits: digits + 1 }
  }
  throw damaged('snappy')
}

/** Flags of a frame: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
const LZ4_MAGIC = 0x184d2204
const CHECKSUM_OF_BLOCK = 0x10
const LENGTH_TOLD = 8
const DICTIONARY = 1
const STORED = 0x8000_0000

/** Blocks may reach back into those before them, as some clients write them. Checksums are not looked at: the batch has its own. */
function fromLz4(blocks: Blocks, arena: Arena, bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  if (bytes.length < 11 || view.getUint32(0, true) !== LZ4_MAGIC) throw damaged('lz4')
  const flags = bytes[4] as number
  const largest = 2 ** (8 + 2 * (((bytes[5] as number) >> 4) & 7))
  const found: { from: number; length: number; stored: boolean }[] = []
  for (let at = 7 + ((flags & LENGTH_TOLD) === 0 ? 0 : 8) + ((flags & DICTIONARY) === 0 ? 0 : 4); ; ) {
    if (at + 4 > bytes.length) throw damaged('lz4')
    const word = view.getUint32(at, true)
    if (word === 0) break
    const length = word % STORED
    if (at + 4 + length > bytes.length) throw damaged('lz4')
    found.push({ from: at + 4, length, stored: word >= STORED })
    at += 4 + length + ((flags & CHECKSUM_OF_BLOCK) === 0 ? 0 : 4)
  }
  const start = arena.take(bytes, found.length * largest)
  let to = start
  for (const { from, length, stored } of found) {
    if (stored) arena.view(to, to + length).set(bytes.subarray(from, from + length))
    const end = stored ? to + length : blocks.unLz4(arena.input + from, length, to, largest, start)
    if (end === 0 || end > to + largest) throw damaged('lz4')
    to = end
  }
  return arena.view(start, to)
}
