// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, connect, nextFrame, open, press, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

/** What an input method does in the first paragraph: it writes into the page itself, and the editor reads it from there. */
class InputMethod {
  readonly #editor: Editor
  #before = ''

  constructor(editor: Editor) {
    this.#editor = editor
  }

  get #text(): Text {
    const text = document.createTreeWalker(this.#editor.view.dom, NodeFilter.SHOW_TEXT).nextNode()
    if (!(text instanceof Text)) throw new Error('There is no text')
    return text
  }

  start(): void {
    this.#before = this.#text.data
    this.#fire('compositionstart', '')
  }

  async write(composed: string): Promise<void> {
    this.#fire('compositionupdate', composed)
    const at = this.#text.data.startsWith(this.#before) ? this.#before.length : this.#text.data.length
    const rest = this.#text.data.slice(at).replace(this.#last, '')
    this.#text.data = this.#text.data.slice(0, at) + composed + rest
    this.#last = composed
    document.getSelection()?.collapse(this.#text, at + composed.length)
    await vi.waitFor(() => expect(words(this.#editor)).toContain(composed))
  }

  async end(chosen: string): Promise<void> {
    await this.write(chosen)
    this.#fire('compositionend', chosen)
    await vi.waitFor(() => expect(this.#editor.view.composing).toBe(false))
    await nextFrame()
  }

  #last = ''

  #fire(name: string, data: string): void {
    const event = new Event(name, { bubbles: true, cancelable: true })
    Object.defineProperty(event, 'data', { value: data })
    this.#editor.view.dom.dispatchEvent(event)
  }
}

function together(): [Editor, Editor] {
  const [a, b] = [new SharedDocument(), new SharedDocument()]
  const first = open(a)
  connect(a, b)
  const second = open(b)
  first.focus()
  type(first, 'hello ')
  press(first, 'Enter')
  type(first, 'below')
  first.view.dispatch(first.view.state.tr.setSelection(TextSelection.create(first.view.state.doc, 7)))
  return [first, second]
}

const words = ({ view }: Editor): string => view.state.doc.textBetween(0, view.state.doc.content.size, '|')

describe('composition', () => {
  for (const [place, write, expected] of [
    [
      'in another paragraph',
      ({ view: { state } }: Editor) => state.tr.insertText(' far', state.doc.content.size - 1),
      'hello 仮名|below far',
    ],
    [
      'in a new paragraph after it',
      ({ view: { state } }: Editor) =>
        state.tr.insert(state.doc.content.size, state.schema.node('paragraph', null, [state.schema.text('new')])),
      'hello 仮名|below|new',
    ],
  ] as const)
    it(`ED-104 what others write ${place} is shown at once, and the composition goes on`, async () => {
      const [first, second] = together()
      const method = new InputMethod(first)
      method.start()
      await method.write('か')
      expect(first.view.composing).toBe(true)
      expect(words(second)).toContain('hello か')
      second.view.dispatch(write(second))
      await nextFrame()
      expect(first.view.composing).toBe(true)
      await method.write('かな')
      await method.end('仮名')
      expect(first.view.composing).toBe(false)
      expect(words(first)).toBe(expected)
      expect(words(second)).toBe(expected)
      expect(first.getJSON()).toEqual(second.getJSON())
    })

  it('ED-104 neither menu nor Markdown takes the keys of a composition', async () => {
    const [first] = together()
    const method = new InputMethod(first)
    method.start()
    await method.write('/')
    expect(document.querySelector<HTMLElement>('.sheaf-slash-menu')?.hidden).toBe(true)
    await method.end('/')
    expect(words(first)).toBe('hello /|below')
  })
})

/** A document that makes others wait as the client core does. */
class PausedDocument extends SharedDocument {
  readonly #pauses = new Set<object>()
  #waiting: Uint8Array[] = []

  override receive(...updates: readonly Uint8Array[]): void {
    if (this.#pauses.size === 0) return super.receive(...updates)
    this.#waiting.push(...updates)
  }

  get isPaused(): boolean {
    return this.#pauses.size > 0
  }

  pauseRemoteEdits(): () => void {
    const pause = {}
    this.#pauses.add(pause)
    return () => {
      if (!this.#pauses.delete(pause) || this.#pauses.size > 0) return
      const waiting = this.#waiting
      this.#waiting = []
      super.receive(...waiting)
    }
  }
}

describe('what others write while a word is composed', () => {
  function paused(): [Editor, Editor, PausedDocument] {
    const [a, b] = [new PausedDocument(), new SharedDocument()]
    const first = open(a)
    connect(a, b)
    const second = open(b)
    first.focus()
    type(first, 'hello ')
    return [first, second, a]
  }

  const writeAtStart = ({ view }: Editor, text: string): void => view.dispatch(view.state.tr.insertText(text, 1))

  const fire = ({ view }: Editor, name: string): void =>
    void view.dom.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }))

  afterEach(() => {
    vi.useRealTimers()
  })

  it('IM-1 in the same paragraph waits until the composed word is read, and is there once', async () => {
    const [first, second, document] = paused()
    const method = new InputMethod(first)
    method.start()
    await method.write('か')
    writeAtStart(second, 'BEFORE ')
    expect(words(first)).toBe('hello か')
    await method.write('かな')
    await method.end('仮名')
    await vi.waitFor(() => expect(document.isPaused).toBe(false))
    expect(words(first)).toBe('BEFORE hello 仮名')
    expect(words(second)).toBe('BEFORE hello 仮名')
    expect(first.view.dom.textContent).toBe('BEFORE hello 仮名')
  })

  it('IM-2 waits 2 s after the last step, and again from the next one on', () => {
    const [first, second, document] = paused()
    vi.useFakeTimers()
    fire(first, 'compositionstart')
    vi.advanceTimersByTime(1_900)
    fire(first, 'compositionupdate')
    writeAtStart(second, 'a')
    vi.advanceTimersByTime(1_900)
    expect(words(first)).toBe('hello ')
    vi.advanceTimersByTime(100)
    expect(words(first)).toBe('ahello ')
    expect(document.isPaused).toBe(false)
    fire(first, 'compositionupdate')
    expect(document.isPaused).toBe(true)
  })

  it('IM-2 waits 10 s for one word, however often it is changed', () => {
    const [first, second] = paused()
    vi.useFakeTimers()
    fire(first, 'compositionstart')
    writeAtStart(second, 'a')
    for (let ms = 0; ms < 10_000; ms += 1_000) {
      expect(words(first)).toBe('hello ')
      vi.advanceTimersByTime(1_000)
      fire(first, 'compositionupdate')
    }
    expect(words(first)).toBe('ahello ')
  })

  it('IM-2 is let in between two words that follow at once', () => {
    const [first, second] = paused()
    vi.useFakeTimers()
    fire(first, 'compositionstart')
    writeAtStart(second, 'a')
    for (const expected of ['hello ', 'hello ', 'ahello ']) {
      vi.advanceTimersByTime(700)
      fire(first, 'compositionend')
      fire(first, 'compositionstart')
      expect(words(first)).toBe(expected)
    }
  })

  it('IM-3 waits no longer when the editor loses the focus', () => {
    const [first, second] = paused()
    vi.useFakeTimers()
    fire(first, 'compositionstart')
    writeAtStart(second, 'a')
    fire(first, 'blur')
    vi.advanceTimersByTime(50)
    expect(words(first)).toBe('ahello ')
  })

  it('IM-3 waits no longer when the editor becomes read-only', () => {
    const [first, second, document] = paused()
    vi.useFakeTimers()
    fire(first, 'compositionstart')
    writeAtStart(second, 'a')
    document.change({ editable: false })
    vi.advanceTimersByTime(50)
    expect(words(first)).toBe('ahello ')
    fire(first, 'compositionstart')
    expect(document.isPaused).toBe(false)
  })

  it('IM-3 waits no longer when the editor is destroyed', async () => {
    const [first, , document] = paused()
    fire(first, 'compositionstart')
    expect(document.isPaused).toBe(true)
    first.destroy()
    await Promise.resolve()
    expect(document.isPaused).toBe(false)
  })
})
