// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, element, html, open, press, text, type, writtenElsewhere } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const select = (editor: Editor, from: number, to = from) =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, from, to)))

/** Two people who do not hear each other until they `meet`: then each gets what the other did, and what follows from that. */
function apart(words: readonly string[] = ['hello world']) {
  const documents = [new SharedDocument(), new SharedDocument(), new SharedDocument()] as const
  const start = writtenElsewhere((root) =>
    root.insert(
      0,
      words.map((line) => element('paragraph', line === '' ? [] : [text(line)])),
    ),
  )
  for (const one of documents) one.receive(start)
  const [typist, changer, third] = documents.map((one) => open(one)) as [Editor, Editor, Editor]
  /** In the order of a server: what each of them has written reaches everybody else. */
  const meet = (order: readonly SharedDocument[] = documents): void => {
    while (documents.some(({ sent }) => sent.length > 0))
      for (const from of order)
        for (const update of from.sent.splice(0)) for (const to of documents) if (to !== from) to.receive(update)
  }
  return { typist, changer, third, documents, meet }
}

function expectSame(...editors: readonly Editor[]): void {
  for (const editor of editors) expect(editor.getJSON()).toEqual(editors[0]?.getJSON())
}

const CHANGES = {
  'a heading': [(editor: Editor) => editor.commands.setHeading(1), '<h1>hello new world</h1>'],
  'a list': [(editor: Editor) => editor.commands.toggleBulletList(), '<ul><li><p>hello new world</p></li></ul>'],
  'a quote': [
    (editor: Editor) => editor.commands.toggleBlockquote(),
    '<blockquote><p>hello new world</p></blockquote>',
  ],
  code: [(editor: Editor) => editor.commands.toggleCodeBlock(), '<pre dir="ltr"><code>hello new world</code></pre>'],
} as const

describe('words that somebody types in a block that somebody else changes', () => {
  for (const [kind, [change, expected]] of Object.entries(CHANGES))
    for (const first of ['typist', 'changer'] as const)
      it(`ED-130 are in ${kind} that it became, once, for everybody, when the ${first} is heard first`, () => {
        const { typist, changer, third, documents, meet } = apart()
        select(typist, 6)
        type(typist, ' new')
        select(changer, 3)
        change(changer)
        meet(first === 'typist' ? documents : documents.toReversed())
        expect(html(typist).replace(' dir="ltr"', '')).toBe(expected.replace(' dir="ltr"', ''))
        expectSame(typist, changer, third)
      })

  it('ED-130 keep their marks where those may stand, and their places when there are several', () => {
    const { typist, changer, third, meet } = apart(['one two three'])
    select(typist, 4)
    typist.commands.toggleBold()
    type(typist, 'A')
    select(typist, 9)
    typist.commands.toggleBold()
    typist.commands.toggleItalic()
    type(typist, 'B')
    select(changer, 1)
    changer.commands.setHeading(2)
    type(changer, 'zero ')
    meet()
    expect(typist.view.state.doc.textContent).toBe('zero oneA twoB three')
    expect(html(typist)).toContain('<strong>A</strong>')
    expectSame(typist, changer, third)
    const code = apart()
    select(code.typist, 6)
    code.typist.commands.toggleBold()
    type(code.typist, '!')
    select(code.changer, 1)
    code.changer.commands.toggleCodeBlock()
    code.meet()
    expect(code.typist.view.state.doc.firstChild?.textContent).toBe('hello! world')
    expectSame(code.typist, code.changer, code.third)
    expect(code.third.getSnapshot().status).toBe('ready')
  })

  it('ED-130 are there in an empty block as well, and in one that was moved or joined with the one before', () => {
    const empty = apart([''])
    type(empty.typist, 'words')
    empty.changer.commands.setHeading(1)
    empty.meet()
    expect(html(empty.third)).toBe('<h1>words</h1>')
    expectSame(empty.typist, empty.changer, empty.third)

    const moved = apart(['one', 'two'])
    select(moved.typist, 9)
    type(moved.typist, '!')
    select(moved.changer, 7)
    moved.changer.commands.moveBlockUp()
    moved.meet()
    expect(html(moved.third).split('!')).toHaveLength(2)
    expectSame(moved.typist, moved.changer, moved.third)

    const joined = apart(['one', 'two'])
    select(joined.typist, 9)
    type(joined.typist, '!')
    select(joined.changer, 6)
    joined.changer.view.dispatch(joined.changer.view.state.tr.join(5))
    joined.meet()
    expect(html(joined.third)).toBe('<p>onetwo!</p>')
    expectSame(joined.typist, joined.changer, joined.third)
  })

  it('ED-130 are there when the block was divided into many, and these are of another kind', () => {
    const { typist, changer, third, documents } = apart(['one two three four five'])
    select(typist, 11)
    type(typist, '!')
    for (const place of [20, 15, 9, 5]) {
      select(changer, place)
      press(changer, 'Enter')
    }
    select(changer, 1, changer.view.state.doc.content.size - 1)
    changer.commands.setHeading(1)
    // In one frame, as after an hour without a network.
    const [own, other, reader] = documents
    const changed = other.sent.splice(0)
    own.receive(...changed)
    reader.receive(...changed)
    for (const update of own.sent.splice(0)) for (const one of [other, reader]) one.receive(update)
    expect(html(third).split('!')).toHaveLength(2)
    expectSame(typist, changer, third)
  })

  it('ED-131 the cursor of whoever types stays among the words, so that the next ones come there too', () => {
    const { typist, changer, third, meet } = apart()
    select(typist, 6)
    type(typist, ' new')
    select(changer, 1)
    changer.commands.setHeading(1)
    meet()
    type(typist, ' words')
    meet()
    expect(html(third)).toBe('<h1>hello new words world</h1>')
    expectSame(typist, changer, third)
  })

  it('ED-132 what the other knew and deleted stays deleted, and so does what everybody knew', () => {
    const { typist, changer, third, meet } = apart()
    select(typist, 6)
    type(typist, 'KNOWN')
    meet()
    type(typist, '!')
    select(changer, 6, 11)
    changer.view.dispatch(changer.view.state.tr.deleteSelection())
    changer.commands.setHeading(1)
    meet()
    expect(html(third)).toBe('<h1>hello! world</h1>')
    expectSame(typist, changer, third)
    changer.view.dispatch(changer.view.state.tr.delete(0, changer.view.state.doc.content.size))
    type(typist, 'x')
    meet()
    expect(third.view.state.doc.textContent).toBe('')
    expectSame(typist, changer, third)
  })

  it('ED-132 who only reads writes nothing, and nobody writes the words of others', () => {
    const { typist, changer, documents, meet } = apart()
    select(typist, 6)
    type(typist, ' new')
    const [, , third] = documents
    third.receive(documents[0].sent[0] ?? new Uint8Array())
    select(changer, 1)
    changer.commands.setHeading(1)
    for (const update of documents[1].sent) third.receive(update)
    expect(third.sent).toEqual([])
    documents[0].change({ editable: false })
    documents[0].sent.length = 0
    for (const update of documents[1].sent.splice(0)) documents[0].receive(update)
    expect(documents[0].sent).toEqual([])
    meet()
  })

  it('ED-133 words typed behind a place where somebody else presses Enter are there, in one of the two halves', () => {
    for (const order of ['typist', 'changer']) {
      const { typist, changer, third, documents, meet } = apart()
      select(typist, 12)
      type(typist, '!!')
      select(typist, 9)
      type(typist, '??')
      select(changer, 6)
      press(changer, 'Enter')
      meet(order === 'typist' ? documents : documents.toReversed())
      const words = html(third)
      for (const part of ['!!', '??', 'hello', ' wo', 'rld']) expect(words.split(part), words).toHaveLength(2)
      expectSame(typist, changer, third)
    }
  })
})
