import type { SheafDocument } from './document.ts'
import { askBeforeLeaving } from './runtime.ts'

/**
 * Has the browser ask before the page is left, as long as edits of this document would be lost with it: while they are being
 * written to the device, which takes milliseconds, and while the device keeps nothing and the server has not committed them.
 * At all other times the page can be left, and nothing is registered that would keep a browser from caching it.
 *
 * @param ask begins to ask and returns the end of that; `beforeunload` of the window unless told
 * @returns the end of it
 */
export function warnBeforeLeaving(document: SheafDocument, ask: () => () => void = askBeforeLeaving): () => void {
  const { source } = document.outboxSource
  let stopAsking: (() => void) | null = null

  const look = (): void => {
    if (source.isAtRisk) stopAsking ??= ask()
    else stop()
  }
  const stop = (): void => {
    stopAsking?.()
    stopAsking = null
  }

  const stopObserving = source.observe({ changed: look })
  look()
  return () => {
    stopObserving()
    stop()
  }
}
