import type { Clock } from '../runtime.ts'

/** Rejects where the work takes longer: a browser's store sometimes never answers, and nothing may wait for it for ever. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new Error(`the device store did not answer within ${ms} ms`)))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
