// zstd, the original in C, compiled to WebAssembly by @bokuweb/zstd-wasm; zstd-bytes.ts carries it.

import { type Codec, damaged } from './codec.ts'
import { NAMES } from './zstd-bytes.ts'

/** As its own command and Kafka's Java producer have it. */
const LEVEL = 3
/** What a batch without its length in its head may be decompressed to. */
const LARGEST = 1 << 30

type Call = (...args: number[]) => number

interface Zstd {
  readonly memory: WebAssembly.Memory
  readonly call: Readonly<Record<'malloc' | 'free' | 'bound' | 'isError' | 'compress' | 'decompress', Call>>
}

export function bindZstd(module: WebAssembly.Module): Codec {
  const zstd = instance(module)
  const { bound, compress, decompress, isError } = zstd.call
  const scratch = new Scratch(zstd)
  return {
    compress(bytes) {
      const room = bound(bytes.length)
      const { input, output } = scratch.take(bytes, room)
      const size = compress(output, room, input, bytes.length, LEVEL)
      if (isError(size) !== 0) throw new Error(`zstd gives error ${size}`)
      return scratch.view(output, size)
    },
    decompress(bytes) {
      // Told in the head by some writers only; tried again with more room where it does not do.
      for (let room = bytes.length * 16 + 65_536; room <= LARGEST; room *= 4) {
        const { input, output } = scratch.take(bytes, room)
        const size = decompress(output, room, input, bytes.length)
        if (isError(size) === 0) return scratch.view(output, size)
        if (-size !== TOO_SMALL) break
      }
      throw damaged('zstd')
    },
  }
}

/** ZSTD_error_dstSize_tooSmall: https://github.com/facebook/zstd/blob/dev/lib/zstd_errors.h */
const TOO_SMALL = 70

/** Room for what goes in and what comes out, kept from call to call and replaced when it is too small. */
class Scratch {
  readonly #zstd: Zstd
  #input = { at: 0, room: 0 }
  #output = { at: 0, room: 0 }

  constructor(zstd: Zstd) {
    this.#zstd = zstd
  }

  take(bytes: Uint8Array, room: number): { readonly input: number; readonly output: number } {
    this.#input = this.#large(this.#input, bytes.length)
    this.#output = this.#large(this.#output, room)
    this.view(this.#input.at, bytes.length).set(bytes)
    return { input: this.#input.at, output: this.#output.at }
  }

  view = (at: number, length: number): Uint8Array => new Uint8Array(this.#zstd.memory.buffer, at, length)

  #large(has: { at: number; room: number }, room: number): { at: number; room: number } {
    if (has.room >= room) return has
    const { malloc, free } = this.#zstd.call
    if (has.room > 0) free(has.at)
    const at = malloc(room)
    if (at === 0) throw new Error(`zstd has no ${room} bytes of memory`)
    return { at, room }
  }
}

/** What else it imports is called when it gives up, or waits. */
function never(): never {
  throw new Error('zstd has given up')
}

/** Emscripten gives everything short names, which are found anew whenever the module is packed. */
function instance(module: WebAssembly.Module): Zstd {
  let memory: WebAssembly.Memory | null = null
  const grow = (size: number): number => {
    const has = memory as WebAssembly.Memory
    const missing = (size >>> 0) - has.buffer.byteLength
    try {
      if (missing > 0) has.grow(Math.ceil(missing / 65_536))
      return 1
    } catch {
      return 0
    }
  }
  const imports: Record<string, Record<string, () => unknown>> = {}
  for (const { module: space, name } of WebAssembly.Module.imports(module))
    (imports[space] ??= {})[name] = name === NAMES.grow ? (grow as () => number) : never
  const found = new WebAssembly.Instance(module, imports).exports as Record<string, unknown>
  memory = found[NAMES.memory] as WebAssembly.Memory
  ;(found[NAMES.start] as () => void)()
  const call = (name: Exclude<keyof typeof NAMES, 'memory' | 'grow' | 'start'>): Call => found[NAMES[name]] as Call
  return {
    memory,
    call: {
      malloc: call('malloc'),
      free: call('free'),
      bound: call('bound'),
      isError: call('isError'),
      compress: call('compress'),
      decompress: call('decompress'),
    },
  }
}
