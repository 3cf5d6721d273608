// The part of tail-file 1.4 that `pannier logs --follow` uses; the package brings no types.

declare module 'tail-file' {
  import type { EventEmitter } from 'node:events'

  export default class Tail extends EventEmitter {
    /** `force`: a file that is not there yet is waited for. */
    constructor(filename: string, options: { readonly startPos: 'start' | 'end'; readonly force: boolean })
    start(): void
    stop(): Promise<boolean>
  }
}
