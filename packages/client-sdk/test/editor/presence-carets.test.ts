// @vitest-environment happy-dom
import { createRelativePositionFromTypeIndex } from 'yjs'
import type { XmlText } from 'yjs'
import { afterEach, describe, expect, it } from 'vitest'
import { MAX_DRAWN_CARETS } from '../../src/editor/index.ts'
import { SharedDocument, element, nextFrame, open, text, type, writtenElsewhere } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

/** Puts states of other sessions into the awareness, as the core does when they come in. */
function present(document: SharedDocument, states: readonly unknown[]): void {
  const { awareness } = document
  const added = states.map((state, index) => {
    const clientId = 1000 + index
    awareness.states.set(clientId, state as Record<string, unknown>)
    awareness.meta.set(clientId, { clock: 1, lastUpdated: index })
    return clientId
  })
  awareness.emit('change', [{ added, updated: [], removed: [] }, 'remote'])
}

const textOf = (document: SharedDocument): XmlText =>
  (document.content.get(0) as unknown as { get(index: number): XmlText }).get(0)

const cursorAt = (document: SharedDocument, anchor: number, head = anchor) => ({
  anchor: createRelativePositionFromTypeIndex(textOf(document), anchor),
  head: createRelativePositionFromTypeIndex(textOf(document), head),
})

const withWords = (words = 'some words'): SharedDocument => {
  const document = new SharedDocument()
  document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text(words)])])))
  return document
}

const ada = { id: 'ada', name: 'Ada', color: '#12ab9f' }

describe('the carets of the others', () => {
  it('ED-60 are drawn with name and colour where they are, with their selection', async () => {
    const document = withWords()
    const { view } = open(document)
    present(document, [{ user: ada, cursor: cursorAt(document, 1, 4) }])
    await nextFrame()
    const caret = view.dom.querySelector<HTMLElement>('.sheaf-caret')
    expect(caret?.textContent).toContain('Ada')
    expect(caret?.style.getPropertyValue('--sheaf-caret-color')).toBe('#12ab9f')
    expect(view.dom.querySelector('.sheaf-remote-selection')?.textContent).toBe('ome')
  })

  it('ED-61 states of any shape never throw, and never bring anything but a colour into a style', async () => {
    const document = withWords()
    const editor = open(document)
    const cursor = cursorAt(document, 2)
    const evil = 'red;background:url(https://evil.example)'
    present(document, [
      5,
      null,
      'x',
      [],
      { user: 5, cursor },
      { user: null, cursor },
      { user: { name: 7, color: evil }, cursor },
      { user: { name: '<img src=x onerror=alert(1)>', color: evil }, cursor },
      { user: ada, cursor: 5 },
      { user: ada, cursor: { anchor: 5, head: 'x' } },
      { user: ada, cursor: { anchor: { type: 5 }, head: { item: { client: 'x', clock: -1 } } } },
      { user: ada, cursor: { anchor: { tname: 'other' }, head: { item: { client: 2 ** 53, clock: 2 ** 53 } } } },
      { user: { name: 'x'.repeat(10_000), color: '#000000' }, cursor },
      {
        get user(): unknown {
          return ada
        },
        cursor,
      },
    ])
    await nextFrame()
    type(editor, 'still writing')
    const markup = editor.view.dom.innerHTML
    expect(markup).not.toContain('evil')
    expect(editor.view.dom.querySelector('img[onerror]')).toBeNull()
    expect(editor.view.dom.textContent).toContain('still writing')
    expect(editor.view.dom.textContent?.length).toBeLessThan(1000)
  })

  it('ED-62 no more than a fixed number is drawn, however many there are', async () => {
    const document = withWords()
    const { view } = open(document)
    present(
      document,
      Array.from({ length: 500 }, () => ({ user: ada, cursor: cursorAt(document, 3) })),
    )
    await nextFrame()
    expect(view.dom.querySelectorAll('.sheaf-caret')).toHaveLength(MAX_DRAWN_CARETS)
  })

  it('ED-63 are drawn once a frame, however often they move', async () => {
    const document = withWords()
    const editor = open(document)
    let updates = 0
    editor.view.setProps({
      dispatchTransaction: (tr) => {
        updates += 1
        editor.view.updateState(editor.view.state.apply(tr))
      },
    })
    for (let moves = 0; moves < 50; moves++) present(document, [{ user: ada, cursor: cursorAt(document, moves % 5) }])
    await nextFrame()
    expect(updates).toBe(1)
  })

  it('ED-64 stay at their words while others write before them', async () => {
    const document = withWords('0123456789')
    const editor = open(document)
    present(document, [{ user: ada, cursor: cursorAt(document, 4, 6) }])
    await nextFrame()
    const selected = () => editor.view.dom.querySelector('.sheaf-remote-selection')?.textContent
    expect(selected()).toBe('45')
    document.ydoc.transact(() => textOf(document).insert(0, 'abc'), 'remote')
    expect(selected()).toBe('45')
    await nextFrame()
    expect(selected()).toBe('45')
  })

  it('ED-135 stay with words that somebody else moves, until their owner tells where they are', async () => {
    const [document, other] = [withWords('hello world'), new SharedDocument()]
    other.receive(document.state)
    const [editor, changer] = [open(document), open(other)]
    const textAfterCaret = () =>
      editor.view.dom.querySelector('.sheaf-caret')?.nextSibling?.textContent?.replaceAll('\u2060', '')
    const owner = { user: ada, cursor: cursorAt(document, 8) }
    present(document, [owner])
    await nextFrame()
    expect(textAfterCaret()).toBe('rld')
    changer.view.dispatch(changer.view.state.tr.split(7))
    for (const update of other.sent.splice(0)) document.receive(update)
    expect(editor.view.dom.querySelectorAll('p')).toHaveLength(2)
    await nextFrame()
    expect(textAfterCaret()).toBe('rld')
    present(document, [{ ...owner, cursor: cursorAt(document, 1) }])
    await nextFrame()
    expect(textAfterCaret()).toBe('ello ')
  })

  it('ED-65 one’s own caret is told to the others while the editor has the focus, and taken back after', async () => {
    const document = withWords()
    const editor = open(document)
    editor.focus()
    editor.view.dom.dispatchEvent(new Event('focusin'))
    expect(document.awareness.getLocalState()?.['cursor']).toMatchObject({ anchor: expect.anything() })
    editor.view.dom.blur()
    editor.view.dom.dispatchEvent(new Event('focusout'))
    expect(document.awareness.getLocalState()?.['cursor']).toBeNull()
    editor.destroy()
  })
})
