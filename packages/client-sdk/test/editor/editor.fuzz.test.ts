// @vitest-environment happy-dom
import { Selection, TextSelection } from 'prosemirror-state'
import { CellSelection } from 'prosemirror-tables'
import { afterEach, describe, expect, it } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { seededRandom } from '../../src/testing/index.ts'
import { SharedDocument, open, press, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

type Step = (editor: Editor, chance: () => number) => void

const somewhere: Step = ({ view }, chance) => {
  const { doc } = view.state
  const at = () => Math.floor(chance() * (doc.content.size + 1))
  const selection =
    chance() < 0.7 ? Selection.near(doc.resolve(at())) : TextSelection.between(doc.resolve(at()), doc.resolve(at()))
  view.dispatch(view.state.tr.setSelection(selection))
}

const someCells: Step = ({ view }, chance) => {
  const cells: number[] = []
  view.state.doc.descendants((node, position) => {
    if (/^table_(?:cell|header)$/.test(node.type.name)) cells.push(position)
  })
  const pick = () => cells[Math.floor(chance() * cells.length)] ?? 0
  if (cells.length === 0) return
  const [$anchor, $head] = [view.state.doc.resolve(pick()), view.state.doc.resolve(pick())]
  if ($anchor.node(-1) === $head.node(-1) && $anchor.node(-1).type.name === 'table')
    view.dispatch(view.state.tr.setSelection(new CellSelection($anchor, $head)))
}

const STEPS: readonly Step[] = [
  somewhere,
  somewhere,
  (editor) => type(editor, 'word '),
  (editor) => type(editor, 'x'),
  (editor) => void press(editor, 'Enter'),
  (editor) => void press(editor, 'Backspace'),
  (editor) => void press(editor, 'Tab'),
  (editor) => void editor.commands.insertTable({ rows: 2, columns: 2 }),
  (editor) => void editor.commands.addRowAfter(),
  (editor) => void editor.commands.addRowBefore(),
  (editor) => void editor.commands.addColumnAfter(),
  (editor) => void editor.commands.deleteRow(),
  (editor) => void editor.commands.deleteColumn(),
  (editor) => void editor.commands.toggleHeaderRow(),
  (editor) => void editor.commands.splitCell(),
  (editor) => void editor.commands.toggleTaskList(),
  (editor) => void editor.commands.toggleTaskDone(),
  (editor) => void editor.commands.toggleBulletList(),
  (editor) => void editor.commands.toggleHeading(2),
  (editor) => void editor.commands.toggleBold(),
  (editor) => void editor.commands.moveBlockUp(),
  (editor) => void editor.commands.deleteBlock(),
  (editor) => void editor.commands.undo(),
  (editor) => void editor.commands.redo(),
]
const merge: Step = (editor, chance) => {
  someCells(editor, chance)
  editor.commands.mergeCells()
}

/** Two people who write at once, and hear of each other now and then. */
function play(seed: number): [Editor, Editor, SharedDocument, SharedDocument] {
  const random = seededRandom(seed)
  const chance = () => random.fraction()
  const [a, b] = [new SharedDocument(), new SharedDocument()]
  const first = open(a)
  type(first, 'hello')
  first.commands.insertTable({ rows: 2, columns: 2 })
  b.receive(a.state)
  const second = open(b)
  const steps = [...STEPS, merge]
  for (let count = 0; count < 60; count++) {
    const editor = chance() < 0.5 ? first : second
    steps[Math.floor(chance() * steps.length)]?.(editor, chance)
    if (chance() < 0.15) a.receive(b.state)
    if (chance() < 0.15) b.receive(a.state)
  }
  // What the binding tidies up after a merge is a change too; it must come to an end.
  for (let rounds = 0; rounds < 10; rounds++) {
    a.receive(b.state)
    b.receive(a.state)
    for (const { view } of [first, second]) view.dispatch(view.state.tr)
  }
  return [first, second, a, b]
}

const RUNS = Number(process.env['RUNS'] ?? 40)

describe('two editors', () => {
  const chosen = process.env['SEED']
  const seeds = chosen === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(chosen)]
  for (const seed of seeds)
    it(`ED-11 ED-71 end with the same document whatever both do at once, and stop writing (seed ${seed})`, () => {
      const [first, second, a, b] = play(seed)
      expect(first.getSnapshot().status).toBe('ready')
      expect(second.getSnapshot().status).toBe('ready')
      expect(a.json).toEqual(b.json)
      expect(first.getJSON()).toEqual(second.getJSON())
      first.view.state.doc.check()
      const sent = [a.sent.length, b.sent.length]
      a.receive(b.state)
      b.receive(a.state)
      expect([a.sent.length, b.sent.length]).toEqual(sent)
    })
})
