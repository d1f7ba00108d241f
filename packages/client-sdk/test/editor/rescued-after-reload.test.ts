// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, expect, it } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { createTestWorld } from '../../src/testing/index.ts'
import { open, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const select = (editor: Editor, at: number): void =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, at)))

for (const isSentBefore of [false, true])
  it(`ED-134 words typed without a network, before a reload, are in the heading that somebody else made of their paragraph (${isSentBefore ? 'an operation' : 'gathering'})`, async () => {
    const world = createTestWorld()
    const typist = world.person('Ada')
    const changer = world.person('Bo')
    const first = open(typist.open('doc'))
    const other = open(changer.open('doc'))
    await world.settled()
    type(first, 'hello world')
    await world.settled()
    expect(other.view.state.doc.textContent).toBe('hello world')

    world.network.partition(typist)
    select(first, 6)
    type(first, ' new')
    // The batch is closed after a pause; before that each key is in the journal for itself.
    await world.advance(isSentBefore ? 5000 : 120)
    first.destroy()
    const [document] = typist.reopen()
    expect(document).toBeDefined()
    if (document === undefined) return
    const again = open(document)
    await world.advance(50)
    expect(again.view.state.doc.textContent).toBe('hello new world')

    expect(other.view.state.doc.textContent).toBe('hello world')
    select(other, 3)
    other.commands.setHeading(1)
    await world.advance(5000)
    world.network.heal(typist)
    await world.settled()

    for (const editor of [again, other]) {
      expect(editor.getJSON()).toMatchObject({
        content: [{ type: 'heading', content: [{ type: 'text', text: 'hello new world' }] }],
      })
      expect(editor.view.state.doc.childCount).toBe(1)
    }
    await world.verify()
    await world.close()
  })
