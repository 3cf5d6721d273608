// What is used of WebAssembly, whose types come only with a browser's: https://webassembly.github.io/spec/js-api/

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  interface Global {
    readonly value: number
  }
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  const Module: {
    new (bytes: Uint8Array): Module
    imports(module: Module): { readonly module: string; readonly name: string }[]
  }
  const Instance: new (module: Module, imports?: object) => { readonly exports: object }
}
