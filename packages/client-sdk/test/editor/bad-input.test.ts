// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { createRelativePositionFromTypeIndex } from 'yjs'
import type { XmlText } from 'yjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ENGLISH, MAX_DRAWN_CARETS } from '../../src/editor/index.ts'
import type { Editor, EditorOptions } from '../../src/editor/index.ts'
import {
  SharedDocument,
  connect,
  element,
  html,
  nextFrame,
  open,
  paste,
  text,
  type,
  writtenElsewhere,
} from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const MEGABYTE = 1024 * 1024
const written = (words: string, options: Partial<EditorOptions> = {}): Editor => {
  const editor = open(new SharedDocument(), options)
  editor.focus()
  type(editor, words)
  return editor
}
/** What stands under the text for everybody to read, and what is read out. */
const said = (): string => {
  const shown = document.querySelector('.sheaf-message[data-open=true] span')?.textContent ?? ''
  expect(document.querySelector('.sheaf-announcer')?.textContent.trim()).toBe(shown)
  return shown
}
const shown = (editor: Editor): string => editor.view.state.doc.textContent
describe('a paste', () => {
  it('ED-140 of five megabytes of words is refused in words, at once, and what was typed stays', async () => {
    const editor = written('typed before')
    paste(editor, { 'text/plain': 'word '.repeat(MEGABYTE) })
    expect(said()).toContain('too long for one paste')
    expect(said()).toContain((5 * MEGABYTE).toLocaleString())
    type(editor, ' and after')
    expect(shown(editor)).toBe('typed before and after')
  })

  it('ED-140 of five megabytes of HTML gives its words where those are short enough, and is refused in words where not', async () => {
    const styles = `<style>${'a{color:red}'.repeat(430_000)}</style><p>the <b>words</b></p>`
    expect(styles.length).toBeGreaterThan(5_000_000)
    const editor = written('typed ')
    paste(editor, { 'text/html': styles, 'text/plain': 'the words' })
    expect(shown(editor)).toBe('typed the words')
    paste(editor, { 'text/html': '<p>x</p>'.repeat(700_000), 'text/plain': '' })
    expect(said()).toContain('too long for one paste')
    expect(shown(editor)).toBe('typed the words')
  })

  it('ED-140 of HTML with scripts runs nothing and keeps the words around them', () => {
    const editor = written('typed ')
    const ran = vi.fn()
    Object.assign(globalThis, { sheafRan: ran })
    paste(editor, {
      'text/html':
        '<p onclick="sheafRan()">one<script>sheafRan()</script><img src=x onerror="sheafRan()"></p>' +
        '<svg onload="sheafRan()"><text>two</text></svg><iframe srcdoc="<script>parent.sheafRan()</script>"></iframe>' +
        '<a href="javascript:sheafRan()">three</a><style>@import "javascript:sheafRan()"</style>',
    })
    expect(shown(editor)).toContain('typed one')
    expect(shown(editor)).toContain('three')
    expect(html(editor)).not.toMatch(/script|onerror|onclick|onload|iframe|srcdoc/i)
    expect(ran).not.toHaveBeenCalled()
    Reflect.deleteProperty(globalThis, 'sheafRan')
  })

  it('ED-140 of broken HTML keeps its words and what was typed', () => {
    for (const broken of [
      '<p>one<p>two</b></i></table><td>three',
      '<table><tr>one<td>two</table>three',
      '<ul><p>one</ul><li>two<ol>three',
      '<!--[if gte mso 9]><xml>',
      '<style>',
      '<p title="<p>">one</p><<p>two</p><p>three&#xFFFFFFFF;&nosuch;',
    ]) {
      const editor = written('typed ')
      paste(editor, { 'text/html': broken, 'text/plain': 'one two three' })
      for (const word of ['typed', 'one', 'two', 'three']) expect(shown(editor), broken).toContain(word)
      editor.view.state.doc.check()
      document.body.replaceChildren()
    }
  })
})

describe('an image', () => {
  /** A file that tells whether anybody looked into it. */
  function file(size: number): { readonly file: File; readonly read: () => boolean } {
    const made = new File(['x'], 'large.png', { type: 'image/png' })
    let read = false
    const looked = (): never => {
      read = true
      throw new Error('read')
    }
    Object.defineProperty(made, 'size', { value: size })
    for (const name of ['arrayBuffer', 'text', 'stream', 'slice']) Object.defineProperty(made, name, { value: looked })
    return { file: made, read: () => read }
  }

  it('ED-141 of thirty megabytes is refused in words before anybody has read a byte of it', () => {
    const upload = vi.fn()
    const editor = written('typed', { uploadImage: upload })
    const { file: large, read } = file(30 * MEGABYTE)
    const readers = vi.spyOn(FileReader.prototype, 'readAsDataURL')
    editor.addImages([large])
    expect(said()).toBe('“large.png” has 30 MB, and an image may have 10 MB at most. It was not added.')
    paste(editor, {}, [large])
    expect(said()).toContain('30 MB')
    expect([upload.mock.calls.length, readers.mock.calls.length, read()]).toEqual([0, 0, false])
    expect(html(editor)).toBe('<p>typed</p>')
  })

  it('ED-141 of thirty megabytes in a pasted address is refused in words, undecoded, and the words beside it are taken', async () => {
    const decode = vi.spyOn(globalThis, 'atob')
    const editor = written('typed ', { uploadImage: vi.fn() })
    const source = `data:image/png;base64,${'A'.repeat(40 * MEGABYTE)}`
    paste(editor, { 'text/html': `<p>before<img src="${source}">after</p>`, 'text/plain': 'before after' })
    await vi.waitFor(() => expect(said()).toContain('30 MB'))
    expect(decode).not.toHaveBeenCalled()
    expect(shown(editor)).toBe('typed beforeafter')
    decode.mockRestore()
  })
})

describe('presence', () => {
  const withWords = (): SharedDocument => {
    const document = new SharedDocument()
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('some words')])])))
    return document
  }
  const firstText = (document: SharedDocument): XmlText =>
    (document.content.get(0) as unknown as { get(index: number): XmlText }).get(0)
  const present = ({ awareness }: SharedDocument, states: readonly unknown[]): void => {
    const added = states.map((state, index) => {
      awareness.states.set(1000 + index, state as Record<string, unknown>)
      awareness.meta.set(1000 + index, { clock: 1, lastUpdated: index })
      return 1000 + index
    })
    awareness.emit('change', [{ added, updated: [], removed: [] }, 'remote'])
  }

  for (const [kind, cursor] of [
    ['carets', (document: SharedDocument) => createRelativePositionFromTypeIndex(firstText(document), 3)],
    ['carets that are nowhere', () => ({ item: { client: 5, clock: 5 }, tname: 'x', assoc: 'y' })],
  ] as const)
    it(`ED-142 of ten thousand sessions with ${kind} looks at few of them, and typing goes on`, async () => {
      const document = withWords()
      const editor = open(document, { announce: true })
      const place = cursor(document)
      let looks = 0
      const states = Array.from({ length: 10_000 }, (_, index) => ({
        user: { id: `p${index}`, name: `Person ${index}`, color: '#112233' },
        cursor: {
          anchor: place,
          get head() {
            looks += 1
            return place
          },
        },
      }))
      present(document, states)
      await nextFrame()
      expect(editor.view.dom.querySelectorAll('.sheaf-caret').length).toBeLessThanOrEqual(MAX_DRAWN_CARETS)
      expect(looks).toBeGreaterThan(0)
      for (let key = 0; key < 10; key++) {
        type(editor, 'x')
        await nextFrame()
      }
      // Whoever is drawn is looked at, and nobody else, however many there are.
      expect(looks).toBeLessThan(11 * 1_000)
      expect(shown(editor)).toContain('xxxxxxxxxx')
    })

  it('ED-142 of any type is put up with, also by who wants to be told of it', () => {
    vi.useFakeTimers()
    const document = withWords()
    const editor = open(document, { announce: true })
    present(document, [
      5,
      null,
      'x',
      [],
      { user: 5 },
      { user: { id: 7, name: [] } },
      { user: { id: 'a', name: 'Ada' } },
    ])
    vi.advanceTimersByTime(2_000)
    expect(globalThis.document.querySelector('.sheaf-announcer')?.textContent).toBe('Ada joined')
    type(editor, 'still writing')
    expect(shown(editor)).toContain('still writing')
    vi.useRealTimers()
  })
})

describe('a document of another schema', () => {
  const notice = (): string | null => document.querySelector('.sheaf-editor-notice')?.textContent ?? null

  it('ED-143 is read-only, and the editor says so above the text and to a screen reader, as long as it is so', () => {
    const document = new SharedDocument()
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('kept')])])))
    const editor = open(document)
    expect(notice()).toBeNull()
    document.change({ editable: false, error: { code: 'schema-mismatch' } })
    expect(notice()).toBe(ENGLISH.otherSchema)
    expect(globalThis.document.querySelector('.sheaf-announcer')?.textContent).toBe(ENGLISH.otherSchema)
    expect([editor.view.editable, html(editor)]).toEqual([false, '<p>kept</p>'])
    expect(editor.commands.insertText('x')).toBe(false)
    expect(document.sent).toEqual([])
    document.change({ editable: true, error: null })
    expect(notice()).toBeNull()
  })

  it('ED-143 says so too when it is so from the beginning, in the words of the application', () => {
    open(new SharedDocument({ editable: false, error: { code: 'schema-mismatch' } }), {
      words: { otherSchema: 'Other.' },
    })
    expect(notice()).toBe('Other.')
    document.body.replaceChildren()
    open(new SharedDocument({ editable: false, error: { code: 'forbidden' } }))
    expect(notice()).toBeNull()
  })
})

describe('a composition while the document becomes read-only', () => {
  it('ED-144 ends, keeps what was written until then, and hides nothing of what the document holds', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const editor = open(a)
    connect(a, b)
    const other = open(b)
    editor.focus()
    type(editor, 'typed ')
    const { view } = editor
    view.dom.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
    const node = view.domAtPos(view.state.selection.from).node
    const words = node.nodeType === Node.TEXT_NODE ? node : node.firstChild
    if (words === null) throw new Error('There is no text')
    words.textContent = 'typed か'
    await vi.waitFor(() => expect(shown(editor)).toBe('typed か'))
    expect(view.composing).toBe(true)
    a.change({ editable: false })
    expect(view.composing).toBe(false)
    expect(said()).toBe(ENGLISH.readOnly)
    // The input method does not know yet, and writes on into what it was writing in.
    words.textContent = 'typed 仮名'
    view.dom.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '仮名' }))
    await nextFrame()
    expect(view.dom.textContent).toBe('typed か')
    expect(shown(other)).toBe('typed か')
    other.view.dispatch(other.view.state.tr.insertText('!', other.view.state.doc.content.size - 1))
    await nextFrame()
    expect(view.dom.textContent).toBe('typed か!')
    a.change({ editable: true })
    view.dispatch(view.state.tr.setSelection(TextSelection.atEnd(view.state.doc)))
    type(editor, '?')
    expect([view.dom.textContent, shown(other)]).toEqual(['typed か!?', 'typed か!?'])
  })
})

describe('half a character', () => {
  const HALF = '\uD83D'
  const ways: Readonly<Record<string, (editor: Editor) => void>> = {
    'pasted as HTML': (editor) => void paste(editor, { 'text/html': `<p>a${HALF}b</p>` }),
    'pasted as text': (editor) => void paste(editor, { 'text/plain': `a${HALF}b` }),
    typed: (editor) => type(editor, `a${HALF}b`),
    'put in by a command': ({ view }) => view.dispatch(view.state.tr.insertText(`a${HALF}b`)),
  }
  for (const [way, put] of Object.entries(ways))
    it(`ED-150 ${way} is U+FFFD for everybody`, () => {
      const [a, b] = [new SharedDocument(), new SharedDocument()]
      const [first] = [open(a), connect(a, b)]
      const second = open(b)
      first.focus()
      type(first, 'x 😀 ')
      put(first)
      type(first, '!')
      expect(shown(first)).toBe('x 😀 a\uFFFDb!')
      expect(shown(second)).toBe('x 😀 a\uFFFDb!')
      expect(JSON.stringify(a.json)).toBe(JSON.stringify(b.json))
    })

  it('ED-150 keeps its marks, the selection and what is chosen for the next letters', () => {
    const editor = written('')
    const { view } = editor
    editor.commands.toggleBold()
    view.dispatch(view.state.tr.insertText(`${HALF}b`))
    expect(html(editor)).toBe('<p><strong>\uFFFDb</strong></p>')
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, 2)))
    type(editor, '\uDE00')
    expect([shown(editor), view.state.selection.from]).toEqual(['\uFFFD\uFFFDb', 3])
  })
})
