import type { Clock } from '../runtime.ts'

/**
 * Rejects where the work takes longer: a browser's store sometimes never answers, and nothing may wait for it for ever.
 * @param tooLate gets what comes after that
 */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, tooLate?: (result: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      if (tooLate !== undefined) void work.then(tooLate, () => undefined)
      reject(new Error(`the device store did not answer within ${ms} ms`))
    })
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
