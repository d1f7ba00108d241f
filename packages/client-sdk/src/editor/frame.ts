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
