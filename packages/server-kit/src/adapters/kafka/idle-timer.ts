import { createRequire } from 'node:module'

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  scheduleCheckPendingRequests(): void
}

let mended = false

/**
 * Every connection of kafkajs 2.2.4 looks after its queue each millisecond for as long as it lives, also where nothing
 * waits in it, which costs a core some per cent for each connection (and newer versions of Node warn of the negative time
 * that it sets its timer to). The timer is only needed while something waits: then it runs as it did.
 * A driver that is built otherwise is left as it is.
 */
export function mendIdleTimer(): void {
  if (mended) return
  mended = true
  const loaded: unknown = loadRequestQueue()
  if (typeof loaded !== 'function') return
  const prototype = loaded.prototype as Partial<RequestQueue> | undefined
  const schedule = prototype?.scheduleCheckPendingRequests
  if (prototype === undefined || typeof schedule !== 'function') return
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this)
  }
}

function loadRequestQueue(): unknown {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js')
  } catch {
    // Not there in this version of the driver: nothing to mend.
    return null
  }
}
