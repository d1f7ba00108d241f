/** One call of `run` in the next animation frame, however often it was asked for until then. */
export function oncePerFrame(run: () => void): { readonly request: () => void; readonly cancel: () => void } {
  let frame: number | null = null
  return {
    request: () => {
      frame ??= requestAnimationFrame(() => {
        frame = null
        run()
      })
    },
    cancel: () => {
      if (frame !== null) cancelAnimationFrame(frame)
      frame = null
    },
  }
}

/** How long after an editor came a browser is taken for idle that does not tell. */
const IDLE_AFTER_MS = 2000

/** Calls once when the browser has nothing else to do; where it does not tell when that is (Safari), after two seconds. */
export function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run)
  else setTimeout(run, IDLE_AFTER_MS)
}
