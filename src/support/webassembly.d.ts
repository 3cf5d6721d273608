// What is used of WebAssembly, whose types come only with a browser's: https://webassembly.github.io/spec/js-api/

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  interface Global {
    readonly value: number
  }
  const Module: new (bytes: Uint8Array) => object
  const Instance: new (module: object) => { readonly exports: object }
}
