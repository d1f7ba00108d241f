import type { PluginView } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import type * as Parts from './drawn-parts.ts'

type DrawnParts = typeof Parts

let loaded: DrawnParts | null = null

/** Loads what is drawn for those who write, once for all editors of the page. */
export async function loadParts(): Promise<DrawnParts> {
  loaded ??= await import('./drawn-parts.ts')
  return loaded
}

/** Calls back with the parts: at once if they are there. Where they cannot be loaded, asking again tries again. */
export function withParts(use: (parts: DrawnParts) => void): void {
  if (loaded !== null) use(loaded)
  else
    loadParts().then(use, (error: unknown) => {
      // The text can be written without them, as where the network has just gone; whoever watches the page's errors hears of it.
      globalThis.reportError?.(error)
    })
}

/** Anything that shows that somebody is about to do more than read. */
const SIGNS = ['focusin', 'mousemove', 'touchstart'] as const

/** A part of the editor as the view of a plugin. Made as soon as somebody comes to the text. */
export class LazyPart<Part extends PluginView> {
  readonly #make: (parts: DrawnParts, view: EditorView) => Part
  #part: Part | null = null
  #view: EditorView | null = null

  constructor(make: (parts: DrawnParts, view: EditorView) => Part) {
    this.#make = make
  }

  /** The view of the editor; null when there is none. */
  get editor(): EditorView | null {
    return this.#view
  }

  /** The part, if it is there yet. */
  now(): Part | null {
    return this.#part
  }

  /** Calls back with the part, as soon as it is there. */
  use(run: (part: Part) => void): void {
    const view = this.#view
    if (view === null) return
    withParts((parts) => {
      // The editor may have been closed meanwhile, or have got a new state with plugins of its own.
      if (this.#view !== view) return
      const isNew = this.#part === null
      this.#part ??= this.#make(parts, view)
      if (isNew) this.#part.update?.(view, view.state)
      run(this.#part)
    })
  }

  /** To be given to the plugin. */
  readonly view = (view: EditorView): PluginView => {
    this.#view = view
    const root = view.dom.parentElement
    const begin = (): void => this.use(stop)
    const stop = (): void => {
      for (const sign of SIGNS) root?.removeEventListener(sign, begin)
    }
    if (loaded !== null || view.hasFocus()) begin()
    else for (const sign of SIGNS) root?.addEventListener(sign, begin, { passive: true })
    return {
      update: (current, previous) => this.#part?.update?.(current, previous),
      destroy: () => {
        stop()
        this.#part?.destroy?.()
        this.#part = null
        this.#view = null
      },
    }
  }
}
