import { whenIdle } from './frame.ts'
import type * as Parts from './drawn-parts.ts'

export type DrawnParts = typeof Parts

/** How long a sign that somebody comes to the text is no reason to try once more, after it could not be loaded. */
const REST_MS = 30_000

let loaded: DrawnParts | null = null
let loading: Promise<DrawnParts> | null = null
let ahead = false
let failed = false
let resting = false

const isOnline = (): boolean => globalThis.navigator?.onLine !== false

/** What is drawn for those who write, if it is there. */
export const partsNow = (): DrawnParts | null => loaded

/** True for a while after it could not be loaded: a pointer that moves is no reason to ask the network again and again. */
export const isResting = (): boolean => resting

async function load(): Promise<DrawnParts> {
  try {
    loaded = await import('./drawn-parts.ts')
    return loaded
  } catch (error) {
    // The text can be written without it, as where the network has just gone; whoever watches the page's errors hears of it, once.
    if (!failed) globalThis.reportError?.(error)
    failed = true
    rest()
    throw error
  } finally {
    loading = null
  }
}

function rest(): void {
  if (resting) return
  resting = true
  const end = (): void => {
    clearTimeout(timer)
    globalThis.removeEventListener?.('online', again)
    resting = false
  }
  const again = (): void => {
    end()
    withParts(() => {})
  }
  const timer = setTimeout(end, REST_MS)
  globalThis.addEventListener?.('online', again)
}

/** Loads what is drawn for those who write, once for all editors of the page. */
export function loadParts(): Promise<DrawnParts> {
  if (loaded !== null) return Promise.resolve(loaded)
  loading ??= load()
  return loading
}

/** Calls back with the parts: at once if they are there. Where they cannot be loaded, asking again tries again. */
export function withParts(use: (parts: DrawnParts) => void, onFailed: () => void = () => {}): void {
  if (loaded !== null) use(loaded)
  else loadParts().then(use, onFailed)
}

/** Has them there before anybody needs them, as soon as the page has nothing else to do and a network. */
export function loadPartsAhead(): void {
  if (ahead || loaded !== null) return
  ahead = true
  whenIdle(() => {
    // Browsers may remember a failure until the page is loaded anew, so there is no trying without a network.
    if (isOnline()) withParts(() => {})
    else globalThis.addEventListener?.('online', () => withParts(() => {}), { once: true })
  })
}
