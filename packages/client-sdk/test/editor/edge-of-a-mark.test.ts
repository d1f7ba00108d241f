// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, expect, it } from 'vitest'
import { SharedDocument, html, open, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

/** One marks the word while the other types a letter; then both hear of each other. */
function atOnce(ids: readonly [number, number], place: number): [string, string] {
  const [a, b] = [new SharedDocument(), new SharedDocument()]
  const first = open(a)
  type(first, 'word next')
  b.receive(a.state)
  const second = open(b)
  a.ydoc.clientID = ids[0]
  b.ydoc.clientID = ids[1]
  first.view.dispatch(first.view.state.tr.setSelection(TextSelection.create(first.view.state.doc, 1, 5)))
  first.commands.toggleBold()
  second.view.dispatch(second.view.state.tr.setSelection(TextSelection.create(second.view.state.doc, place)))
  type(second, 'X')
  const [fromA, fromB] = [a.state, b.state]
  a.receive(fromB)
  b.receive(fromA)
  return [html(first), html(second)]
}

for (const ids of [
  [1, 2],
  [2, 1],
] as const) {
  it(`ED-151 directly behind the word both see the same (client ids ${ids.join(' and ')})`, () => {
    const [first, second] = atOnce(ids, 5)
    expect(first).toBe(second)
    expect(['<p><strong>wordX</strong> next</p>', '<p><strong>word</strong>X next</p>']).toContain(first)
  })

  it(`ED-151 behind the space it stays outside (client ids ${ids.join(' and ')})`, () => {
    expect(atOnce(ids, 6)).toEqual(['<p><strong>word</strong> Xnext</p>', '<p><strong>word</strong> Xnext</p>'])
  })
}
