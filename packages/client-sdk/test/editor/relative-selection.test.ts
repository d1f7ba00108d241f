// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import { SharedDocument, element, open, text, type, writtenElsewhere } from './shared-document.ts'
import type { Editor } from '../../src/editor/index.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const caretAt = (editor: Editor, position: number, end = position) =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, position, end)))

/** Two documents that hold the same paragraph, under chosen client ids: these decide who stands first at one place. */
function pair(words: string, firstId: number, secondId: number): [SharedDocument, SharedDocument] {
  const start = writtenElsewhere((root) => root.insert(0, [element('paragraph', [text(words)])]))
  return [firstId, secondId].map((clientId) => {
    const document = new SharedDocument()
    document.ydoc.clientID = clientId
    document.receive(start)
    return document
  }) as [SharedDocument, SharedDocument]
}

const exchange = (a: SharedDocument, b: SharedDocument) => {
  const [fromA, fromB] = [a.state, b.state]
  a.receive(fromB)
  b.receive(fromA)
}

describe('the own selection', () => {
  for (const [first, second] of [
    [1, 2],
    [2, 1],
  ] as const)
    for (const [where, position] of [
      ['at the end', 5],
      ['in the middle', 3],
      ['at the start', 1],
    ] as const)
      it(`ED-66 two people who write ${where} of one paragraph at once keep their words whole (${first} and ${second})`, () => {
        const [a, b] = pair('text', first, second)
        const [ada, ben] = [open(a), open(b)]
        caretAt(ada, position)
        caretAt(ben, position)
        for (const [left, right] of [
          ['(ad', '[be'],
          ['a wri', 'n wri'],
          ['tes)', 'tes]'],
        ] as const) {
          type(ada, left)
          type(ben, right)
          exchange(a, b)
        }
        expect(a.json).toEqual(b.json)
        expect(a.json).toContain('(ada writes)')
        expect(b.json).toContain('[ben writes]')
      })

  it('ED-67 a selected range keeps the characters that are in it', () => {
    const [a, b] = pair('0123456789', 1, 2)
    const ada = open(a)
    const ben = open(b)
    caretAt(ada, 4, 7)
    caretAt(ben, 4)
    type(ben, 'x')
    caretAt(ben, 8)
    type(ben, 'y')
    exchange(a, b)
    const { from, to } = ada.view.state.selection
    expect(ada.view.state.doc.textBetween(from, to)).toBe('345')
  })
})
