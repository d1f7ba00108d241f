import { Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import type { EditorDocument } from './editor-document.ts'

/*
 * An input method writes into the page by itself, and the editor reads it from there. Whatever somebody else changes in the same text
 * makes the editor draw that text anew; the browser then gives the composition up and begins another one, and letters are there twice.
 * So what others write waits for the word, and the word never waits for anybody: with a touch keyboard nearly every word is composed.
 */

/** Who composes nothing for so long thinks, or has left: others' words are shown even if that breaks the composition. */
const QUIET_MS = 2_000
/** So long others' words wait for one word at most. */
const LONGEST_MS = 10_000
/** ProseMirror reads what the input method left 20 ms after the end. */
const READ_MS = 50

class CompositionPause {
  readonly #document: Pick<EditorDocument, 'pauseRemoteEdits'>
  #end: (() => void) | null = null
  #since = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(document: Pick<EditorDocument, 'pauseRemoteEdits'>) {
    this.#document = document
  }

  /** A word begins. Between two words that follow at once, as syllables do in Korean, others' words are let in. */
  started(): void {
    this.#goOn(QUIET_MS)
  }

  updated(): void {
    this.#goOn(LONGEST_MS)
  }

  ended(): void {
    if (this.#end !== null) this.#endAfter(READ_MS)
  }

  end(): void {
    clearTimeout(this.#timer)
    const end = this.#end
    this.#end = null
    end?.()
  }

  #goOn(longest: number): void {
    const now = performance.now()
    if (this.#end !== null && now - this.#since >= longest) this.end()
    if (this.#end === null) {
      this.#end = this.#document.pauseRemoteEdits?.() ?? null
      this.#since = now
    }
    if (this.#end !== null) this.#endAfter(QUIET_MS)
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), ms)
  }
}

/** Has what others write wait while a word is composed by an input method in this view. */
export function compositionPausePlugin(document: Pick<EditorDocument, 'pauseRemoteEdits'>): Plugin {
  const pause = new CompositionPause(document)
  const hears = (tell: () => void) => (view: EditorView) => {
    if (view.editable) tell()
    return false
  }
  const ended = (): false => {
    pause.ended()
    return false
  }
  return new Plugin({
    props: {
      handleDOMEvents: {
        compositionstart: hears(() => pause.started()),
        compositionupdate: hears(() => pause.updated()),
        compositionend: ended,
        blur: ended,
      },
    },
    // Not at once: the view may be about to show what it has just read.
    view: () => ({ destroy: () => queueMicrotask(() => pause.end()) }),
  })
}
