// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import { mergeUpdatesV2 } from 'yjs'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, element, open, press, text, type, writtenElsewhere } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

/** Two people in the same blocks: one has a caret in them, the other changes them. */
function together(...blocks: readonly (string | ReturnType<typeof element>)[]) {
  const documents = [new SharedDocument(), new SharedDocument()] as const
  const start = writtenElsewhere((root) =>
    root.insert(
      0,
      blocks.map((block) =>
        typeof block === 'string' ? element('paragraph', block === '' ? [] : [text(block)]) : block,
      ),
    ),
  )
  for (const one of documents) one.receive(start)
  const [writer, changer] = documents.map((one) => open(one)) as [Editor, Editor]
  /** Everything that each has done is heard as one operation. */
  const meet = (): void => {
    while (documents.some(({ sent }) => sent.length > 0))
      for (const [from, to] of [documents, documents.toReversed()] as const) {
        const updates = from?.sent.splice(0) ?? []
        if (updates.length > 0) to?.receive(mergeUpdatesV2(updates))
      }
  }
  return { writer, changer, documents, meet }
}

const select = ({ view }: Editor, from: number, to = from): void =>
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, from, to)))

/** The text of the document, with `|` at the caret or at both ends of what is selected; blocks and lines are divided by `/`. */
function withCaret({ view }: Editor): string {
  const { doc, selection } = view.state
  const between = (from: number, to: number) =>
    doc.textBetween(from, to, '/', (leaf) => (leaf.type.name === 'hard_break' ? '/' : '?'))
  const ends = selection.empty ? [selection.head] : [selection.from, selection.to]
  let from = 0
  let words = ''
  for (const end of ends) {
    words += `${between(from, end)}|`
    from = end
  }
  return words + between(from, doc.content.size)
}

const br = () => element('hard_break')
const paragraph = (...content: (string | ReturnType<typeof element>)[]) =>
  element(
    'paragraph',
    content.map((part) => (typeof part === 'string' ? text(part) : part)),
  )
const list = (...items: readonly string[]) =>
  element(
    'bullet_list',
    items.map((item) => element('list_item', [paragraph(item)])),
  )

/** Where words begin. */
function placeOf({ view }: Editor, words: string): number {
  let found = -1
  view.state.doc.descendants((node, position) => {
    const index = node.isText ? (node.text ?? '').indexOf(words) : -1
    if (index >= 0 && found < 0) found = position + index
  })
  return found
}

describe('the caret of somebody in words that somebody else moves', () => {
  const before = (key: string) => (changer: Editor) => {
    select(changer, placeOf(changer, 'world'))
    press(changer, key)
  }
  const MOVES: readonly (readonly [
    string,
    readonly (string | ReturnType<typeof element>)[],
    (changer: Editor) => void,
  ])[] = [
    ['a paragraph is divided before them', ['zero', 'hello world', 'end'], before('Enter')],
    ['a line is broken before them', ['zero', 'hello world', 'end'], before('Shift-Enter')],
    ['a list item is divided before them', [list('zero', 'hello world', 'end')], before('Enter')],
    ['a heading is divided before them', [element('heading', [text('hello world')], { level: 2 })], before('Enter')],
    [
      'others write around the place where a paragraph is divided',
      ['hello world'],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        type(changer, 'my ')
        press(changer, 'Enter')
        type(changer, 'whole world: a ')
      },
    ],
    [
      'two paragraphs come in between',
      ['hello world'],
      (changer) => {
        before('Enter')(changer)
        type(changer, 'between')
        press(changer, 'Enter')
      },
    ],
    [
      'others write in them after they were moved',
      ['hello my wonderful world of words'],
      (changer) => {
        select(changer, placeOf(changer, 'my'))
        press(changer, 'Enter')
        select(changer, placeOf(changer, 'words'))
        type(changer, 'many ')
      },
    ],
    [
      'what stands before them is taken out of a paragraph of two lines',
      [paragraph('hello world, ', 'and more', br(), 'second line')],
      (changer) => {
        select(changer, placeOf(changer, 'and more'))
        press(changer, 'Enter')
      },
    ],
    [
      'their block becomes a heading',
      ['zero', 'hello world', 'end'],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        changer.commands.setHeading(1)
      },
    ],
    [
      'their block becomes a list',
      ['zero', 'hello world', 'end'],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        changer.commands.toggleBulletList()
      },
    ],
    [
      'their block is quoted',
      ['zero', 'hello world', 'end'],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        changer.commands.toggleBlockquote()
      },
    ],
    [
      'their block becomes code',
      ['zero', 'hello world', 'end'],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        changer.commands.toggleCodeBlock()
      },
    ],
    [
      'their list item is taken out of the list',
      [list('zero', 'hello world', 'end')],
      (changer) => {
        select(changer, placeOf(changer, 'world'))
        changer.commands.toggleBulletList()
      },
    ],
    [
      'their block is joined with the one before',
      ['zero', 'hello world', 'end'],
      (changer) => {
        select(changer, placeOf(changer, 'hello'))
        changer.view.dispatch(changer.view.state.tr.join(placeOf(changer, 'hello') - 1))
      },
    ],
    [
      'blocks with the same words and more change as well',
      ['hello world and all', 'hello world', 'hello world!'],
      (changer) => {
        select(changer, 1, changer.view.state.doc.content.size - 1)
        changer.commands.setHeading(1)
      },
    ],
  ]
  for (const [name, blocks, change] of MOVES)
    it(`ED-135 stays with them when ${name}`, () => {
      const { writer, changer, documents, meet } = together(...blocks)
      const inWorld = (() => {
        let found = -1
        writer.view.state.doc.descendants((node, position) => {
          const end = (node.text ?? '').search(/world(?= of|, |$)/)
          if (node.isText && end >= 0) found = position + end
        })
        return found
      })()
      select(writer, inWorld + 2)
      expect(withCaret(writer)).toContain('wo|rld')
      change(changer)
      meet()
      expect(withCaret(writer)).toContain('wo|rld')
      type(writer, '!?')
      meet()
      expect(withCaret(changer).replace('|', '')).toContain('wo!?rld')
      expect(changer.getJSON()).toEqual(writer.getJSON())
      expect(documents[0].json).toEqual(documents[1].json)
    })

  it('ED-135 both ends of what is selected stay with the words at them', () => {
    for (const [from, to, expected] of [
      [3, 10, 'he|llo /wor|ld'],
      [9, 12, 'hello /wo|rld|'],
      [7, 12, 'hello /|world|'],
    ] as const) {
      const { writer, changer, meet } = together('hello world')
      select(writer, from, to)
      select(changer, 7)
      press(changer, 'Enter')
      meet()
      expect(withCaret(writer)).toBe(expected)
    }
  })

  it('ED-135 a caret at the start of a block, or in an empty one, is there still when its kind changes', () => {
    for (const [block, expected] of [
      ['word', 'zero/|word/end'],
      ['', 'zero/|/end'],
    ] as const) {
      const { writer, changer, meet } = together('zero', block, 'end')
      select(writer, 7)
      select(changer, 7)
      changer.commands.setHeading(1)
      meet()
      expect(withCaret(writer)).toBe(expected)
    }
  })

  it('ED-135 a reader’s caret stays with them as well', () => {
    const { writer, changer, documents, meet } = together('hello world')
    documents[0].change({ editable: false })
    select(writer, 9)
    select(changer, 7)
    press(changer, 'Enter')
    meet()
    expect(withCaret(writer)).toBe('hello /wo|rld')
  })

  it('ED-135 stays with words that the other did not know, wherever these are', () => {
    const { writer, changer, meet } = together('hello world')
    select(writer, 9)
    type(writer, 'XY')
    select(changer, 7)
    press(changer, 'Enter')
    meet()
    expect(withCaret(writer)).toBe('hello XY|/world')
  })

  it('ED-136 stays where it was when words are deleted, though the same are written elsewhere', () => {
    for (const [blocks, where] of [
      [['one two', 'zero', 'end'], 'end'],
      [['one two three', 'end'], 'three'],
    ] as const) {
      const { writer, changer, meet } = together(...blocks)
      select(writer, 7)
      changer.view.dispatch(changer.view.state.tr.delete(5, 8))
      select(changer, placeOf(changer, where) + where.length)
      press(changer, 'Enter')
      type(changer, 'two')
      meet()
      expect(withCaret(writer)).toMatch(/^one \|/)
    }
  })

  it('ED-135 stays in its own block where others have the same words and more', () => {
    const { writer, changer, meet } = together('hello world and all', 'hello world')
    select(writer, 30)
    expect(withCaret(writer)).toBe('hello world and all/hello wo|rld')
    select(changer, 1, 30)
    changer.commands.setHeading(1)
    meet()
    expect(withCaret(writer)).toBe('hello world and all/hello wo|rld')
  })

  it('ED-137 undo goes back to the place of what it takes back, at once, and nobody’s next change does', () => {
    const { writer, changer, meet } = together('hello world', 'second')
    select(writer, 6)
    type(writer, '!')
    select(writer, 16)
    type(writer, '?')
    meet()
    press(writer, 'Ctrl-z')
    expect(withCaret(writer)).toBe('hello! world/s|econd')
    press(writer, 'Ctrl-z')
    expect(withCaret(writer)).toBe('hello| world/second')
    press(writer, 'Ctrl-y')
    press(writer, 'Ctrl-z')
    expect(withCaret(writer)).toBe('hello| world/second')
    select(writer, 17)
    select(changer, 1)
    type(changer, 'x')
    meet()
    expect(withCaret(writer)).toBe('xhello world/sec|ond')
  })
})
