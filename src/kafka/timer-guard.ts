// kafkajs 2.2.4 re-arms a timer with a negative delay for ever once a request was answered: 4 % of a core when idle, and a
// warning on Node 24 (https://github.com/tulios/kafkajs/issues/1751). It is only needed while requests are pending.

import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const GUARDED = Symbol.for('pannier.timerGuard')

/** Idempotent. */
export function guardTimers(): void {
  const prototype = RequestQueue.prototype as RequestQueue & { [GUARDED]?: true }
  if (prototype[GUARDED] === true) return
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function guarded(this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
  prototype[GUARDED] = true
}
