import type { EditorState, PluginView } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { isResting, loadPartsAhead, partsNow, withParts } from './load-parts.ts'
import type { DrawnParts } from './load-parts.ts'
import { WaitingField } from './waiting-field.ts'

/** Anything that shows that somebody is about to do more than read. */
const SIGNS = ['focusin', 'mousemove', 'touchstart'] as const

/** A part of the editor as the view of a plugin. Made as soon as somebody comes to the text. */
export class LazyPart<Part extends PluginView> {
  readonly #make: (parts: DrawnParts, view: EditorView) => Part
  #part: Part | null = null
  #view: EditorView | null = null
  #waiting: WaitingField | null = null
  #failed = false

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
    if (view !== null) withParts((parts) => this.#usePart(parts, view, run))
  }

  /**
   * Opens the part for somebody who asked for it, as soon as it is there. What they type until then goes to the part and not into
   * the text.
   * @param label what a screen reader calls the field that takes it
   */
  open(label: string, run: (part: Part) => void): void {
    const view = this.#view
    if (view === null) return
    if (partsNow() !== null) return this.use(run)
    this.#waiting?.giveUp()
    const waiting = new WaitingField(view, label)
    this.#waiting = waiting
    withParts(
      (parts) => waiting.handOver(() => this.#usePart(parts, view, run)),
      () => waiting.giveUp(),
    )
  }

  /** To be given to the plugin. */
  readonly view = (view: EditorView): PluginView => {
    this.#view = view
    const root = view.dom.parentElement
    const begin = (): void => {
      if (!isResting()) this.use(stop)
    }
    const stop = (): void => {
      for (const sign of SIGNS) root?.removeEventListener(sign, begin, true)
    }
    // While it comes down to the text: a part that is made of the first sign hears that sign, too, as it goes up.
    for (const sign of SIGNS) root?.addEventListener(sign, begin, { passive: true, capture: true })
    if (partsNow() !== null || view.hasFocus()) begin()
    if (view.editable) loadPartsAhead()
    return {
      update: (current, previous) => {
        if (current.editable) loadPartsAhead()
        this.#update(current, previous)
      },
      destroy: () => {
        stop()
        this.#waiting?.end()
        this.#part?.destroy?.()
        this.#part = null
        this.#view = null
      },
    }
  }

  #usePart(parts: DrawnParts, view: EditorView, run: (part: Part) => void): void {
    // The editor may have been closed meanwhile, or have got a new state with plugins of its own.
    if (this.#view !== view) return
    const isNew = this.#part === null
    this.#part ??= this.#make(parts, view)
    if (isNew) this.#update(view, view.state)
    run(this.#part)
  }

  /**
   * A box that fails is no reason to stop: what it throws would end the change that is being shown, and with a change of somebody
   * else the trust in the whole document. Whoever watches the page's errors hears of it, once.
   */
  #update(view: EditorView, previous: EditorState): void {
    try {
      this.#part?.update?.(view, previous)
    } catch (error) {
      if (!this.#failed) globalThis.reportError?.(error)
      this.#failed = true
    }
  }
}
