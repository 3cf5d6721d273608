// The door to the code in assembly/, which runs over bytes many times as fast as JavaScript does. It sees only its own small memory:
// bytes are copied in and out a block at a time, which costs little, since a block stays in the processor's cache.

/** What every module exports; the rest are its functions. */
export interface Assembly {
  readonly memory: WebAssembly.Memory
  /** Where its input begins, and how much that can be. */
  readonly INPUT: WebAssembly.Global
  readonly INPUT_MAX: WebAssembly.Global
}

/** Null where the processor, or a V8 told to make no code, cannot run it. */
export function loadAssembly(base64: string): Assembly | null {
  try {
    const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))
    return new WebAssembly.Instance(module).exports as Assembly
  } catch {
    return null
  }
}
