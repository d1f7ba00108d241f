// @vitest-environment happy-dom
import type { Node } from 'prosemirror-model'
import { TextSelection } from 'prosemirror-state'
import { CellSelection, TableMap } from 'prosemirror-tables'
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, connect, element, html, nextFrame, open, press, text, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const cellStarts = (editor: Editor): number[] => {
  const starts: number[] = []
  editor.view.state.doc.descendants((node, position) => {
    if (/^table_(?:cell|header)$/.test(node.type.name)) starts.push(position)
  })
  return starts
}

/** Puts the cursor into the n-th cell, counted from 0. */
const goTo = (editor: Editor, index: number): void => {
  const { state } = editor.view
  editor.view.dispatch(
    state.tr.setSelection(TextSelection.near(state.doc.resolve((cellStarts(editor)[index] ?? 0) + 2))),
  )
}

const tableIn = (doc: Node): Node => {
  let table: Node | null = null
  doc.descendants((node) => {
    if (node.type.name === 'table') table ??= node
  })
  if (table === null) throw new Error('There is no table')
  return table
}

/** Words of the cells, row by row. */
const cells = (editor: Editor): string[][] =>
  tableIn(editor.view.state.doc).children.map((row) => row.children.map((cell) => cell.textContent))

const withTable = (rows: number, columns: number): Editor => {
  const editor = open(new SharedDocument())
  editor.commands.insertTable({ rows, columns })
  return editor
}

function fill(editor: Editor): void {
  for (const index of cellStarts(editor).keys()) {
    goTo(editor, index)
    type(editor, `c${index}`)
  }
}

/** Two editors of one table, connected when both have it. */
function together(rows: number, columns: number): [Editor, Editor, SharedDocument, SharedDocument, () => void] {
  const [a, b] = [new SharedDocument(), new SharedDocument()]
  const first = open(a)
  first.commands.insertTable({ rows, columns })
  fill(first)
  b.receive(a.state)
  return [first, open(b), a, b, () => connect(a, b)]
}

const same = (first: Editor, second: Editor, a: SharedDocument, b: SharedDocument): void => {
  expect(a.json).toEqual(b.json)
  expect(first.getJSON()).toEqual(second.getJSON())
}

describe('tables', () => {
  it('ED-70 a table takes the place of an empty paragraph, has a header and a paragraph after it, and the cursor in it', () => {
    const editor = withTable(2, 2)
    expect(editor.getSnapshot().table).toBe(true)
    type(editor, 'a')
    expect(html(editor)).toBe(
      '<table><tbody><tr><th><p>a</p></th><th><p></p></th></tr><tr><td><p></p></td><td><p></p></td></tr></tbody></table><p></p>',
    )
    expect(editor.can().insertTable()).toBe(false)
  })

  it('ED-70 rows and columns are added and deleted, the header is switched, cells are merged, split and aligned', () => {
    const editor = withTable(2, 2)
    fill(editor)
    goTo(editor, 0)
    expect(editor.commands.addRowAfter()).toBe(true)
    expect(editor.commands.addColumnBefore()).toBe(true)
    expect(cells(editor)).toEqual([
      ['', 'c0', 'c1'],
      ['', '', ''],
      ['', 'c2', 'c3'],
    ])
    goTo(editor, 4)
    expect(editor.commands.deleteRow()).toBe(true)
    goTo(editor, 0)
    expect(editor.commands.deleteColumn()).toBe(true)
    expect(cells(editor)).toEqual([
      ['c0', 'c1'],
      ['c2', 'c3'],
    ])
    goTo(editor, 0)
    expect(editor.commands.toggleHeaderRow()).toBe(true)
    expect(html(editor)).not.toContain('<th')
    expect(editor.commands.alignCells('right')).toBe(true)
    expect(html(editor)).toContain('<td style="text-align: right;"><p>c0</p></td>')
    const { state } = editor.view
    const [from = 0, to = 0] = cellStarts(editor)
    editor.view.dispatch(state.tr.setSelection(CellSelection.create(state.doc, from, to)))
    expect(editor.commands.mergeCells()).toBe(true)
    expect(html(editor)).toContain('colspan="2"')
    expect(editor.commands.splitCell()).toBe(true)
    expect(cells(editor)[0]).toHaveLength(2)
    expect(editor.commands.deleteTable()).toBe(true)
    expect(editor.getSnapshot().table).toBe(false)
    expect(editor.commands.addRowAfter()).toBe(false)
  })

  it('ED-70 Tab goes to the next cell, and from the last one into a new row; Shift-Tab goes back', () => {
    const editor = withTable(1, 2)
    type(editor, 'a')
    expect(press(editor, 'Tab')).toBe(true)
    type(editor, 'b')
    expect(press(editor, 'Tab')).toBe(true)
    type(editor, 'c')
    expect(cells(editor)).toEqual([
      ['a', 'b'],
      ['c', ''],
    ])
    expect(press(editor, 'Shift-Tab')).toBe(true)
    type(editor, 'B')
    expect(cells(editor)[0]).toEqual(['a', 'B'])
  })

  it('ED-71 rows that two people add and fill at once are all there, with every word', async () => {
    const [first, second, a, b, meet] = together(2, 2)
    goTo(first, 0)
    first.commands.addRowAfter()
    goTo(first, 2)
    type(first, 'mine')
    goTo(second, 2)
    second.commands.addRowAfter()
    goTo(second, 4)
    type(second, 'theirs')
    goTo(second, 1)
    type(second, ' more')
    meet()
    await nextFrame()
    same(first, second, a, b)
    const words = cells(first).flat()
    for (const word of ['mine', 'theirs', 'c0', 'c2', 'c3']) expect(words).toContain(word)
    expect(words.join(' ')).toContain('more')
    expect(TableMap.get(tableIn(first.view.state.doc)).problems).toBeNull()
  })

  it('ED-71 a row and a column that are added at once leave a gap that nobody mends until somebody changes the table', async () => {
    const [first, second, a, b, meet] = together(2, 2)
    goTo(first, 0)
    first.commands.addRowAfter()
    goTo(second, 0)
    second.commands.addColumnAfter()
    const before = [a.sent.length, b.sent.length]
    meet()
    await nextFrame()
    goTo(first, 1)
    expect([a.sent.length, b.sent.length]).toEqual(before)
    same(first, second, a, b)
    expect(TableMap.get(tableIn(first.view.state.doc)).problems).not.toBeNull()
    type(first, 'x')
    expect(a.sent.length - (before[0] ?? 0)).toBe(1)
    expect(first.commands.addRowAfter()).toBe(true)
    await nextFrame()
    same(first, second, a, b)
    expect(TableMap.get(tableIn(second.view.state.doc)).problems).toBeNull()
    expect(cells(second).flat().join(' ')).toMatch(/c0.*c1.*c2.*c3/)
  })

  it('ED-71 what one person writes in a row stays while the other one deletes another row and a column', async () => {
    const [first, second, a, b, meet] = together(3, 3)
    goTo(first, 3)
    first.commands.deleteRow()
    goTo(second, 8)
    type(second, 'kept ')
    goTo(second, 0)
    second.commands.deleteColumn()
    meet()
    await nextFrame()
    same(first, second, a, b)
    expect(cells(first)).toEqual([
      ['c1', 'c2'],
      ['c7', 'kept c8'],
    ])
  })

  it('ED-71 a table of which two people delete one half each is cleared away, and the rest is kept', async () => {
    const [first, second, a, b, meet] = together(2, 1)
    goTo(first, 0)
    first.commands.deleteRow()
    goTo(second, 1)
    second.commands.deleteRow()
    meet()
    await nextFrame()
    first.view.dispatch(first.view.state.tr)
    await nextFrame()
    expect(first.getSnapshot().status).toBe('ready')
    expect(html(first)).toBe('<p></p>')
    same(first, second, a, b)
  })

  it('ED-71 undo of a row that others have written in leaves their words', async () => {
    const [first, second, a, b, meet] = together(1, 2)
    meet()
    goTo(first, 0)
    first.commands.addRowAfter()
    await nextFrame()
    goTo(second, 2)
    type(second, 'theirs')
    for (let presses = 0; presses < 30; presses++) first.commands.undo()
    await nextFrame()
    expect(JSON.stringify(first.getJSON())).toContain('theirs')
    same(first, second, a, b)
  })

  it('ED-72 a cell that claims more places than a table can be laid out with makes the document read-only and harms nobody', () => {
    const document = new SharedDocument()
    const cell = element('table_cell', [element('paragraph', [text('x')])], { colspan: 1e9, rowspan: 1 })
    document.content.insert(0, [element('table', [element('table_row', [cell])])])
    const editor = open(document)
    expect(editor.getSnapshot()).toMatchObject({ status: 'foreign', editable: false })
    expect(document.json).toContain('1000000000')
    expect(html(editor)).not.toContain('1000000000')
  })

  it('ED-73 selected cells and a selected image stay selected while others write, and are let go when they are gone', async () => {
    const [first, second, , , meet] = together(2, 2)
    meet()
    const [from = 0, to = 0] = cellStarts(first)
    first.view.dispatch(first.view.state.tr.setSelection(CellSelection.create(first.view.state.doc, from, to)))
    goTo(second, 0)
    type(second, 'longer')
    await nextFrame()
    expect(first.view.state.selection).toBeInstanceOf(CellSelection)
    second.commands.deleteTable()
    await nextFrame()
    expect(first.view.state.selection).toBeInstanceOf(TextSelection)
    expect(first.getSnapshot().status).toBe('ready')
  })
})

describe('task lists', () => {
  it('ED-74 a task list is made from words, from another list and with [ ], ticked with its box, with a key and by a command', () => {
    const editor = open(new SharedDocument())
    type(editor, '[x] one')
    press(editor, 'Enter')
    type(editor, 'two')
    const boxes = () => [...editor.view.dom.querySelectorAll<HTMLInputElement>('input[type=checkbox]')]
    expect(boxes().map(({ checked }) => checked)).toEqual([true, false])
    expect(boxes()[1]?.getAttribute('aria-label')).toBe('two')
    const box = boxes()[1]
    if (box === undefined) throw new Error('There is no box')
    box.checked = true
    box.dispatchEvent(new Event('change', { bubbles: true }))
    expect(boxes()[1]?.checked).toBe(true)
    press(editor, 'Ctrl-Enter')
    expect(boxes()[1]?.checked).toBe(false)
    expect(editor.getSnapshot().list).toBe('task')
    editor.commands.toggleOrderedList()
    expect(html(editor)).toBe('<ol><li><p>one</p></li><li><p>two</p></li></ol>')
    editor.commands.toggleTaskList()
    expect(boxes()).toHaveLength(2)
    expect(press(editor, 'Tab')).toBe(true)
    expect(editor.isActive('task_item', { checked: false })).toBe(true)
    press(editor, 'Shift-Tab')
    editor.commands.toggleTaskList()
    expect(boxes()).toHaveLength(1)
  })

  it('ED-74 who may not write cannot tick a box', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, '[ ] one')
    document.change({ editable: false })
    const sent = document.sent.length
    const box = editor.view.dom.querySelector<HTMLInputElement>('input[type=checkbox]')
    if (box === null) throw new Error('There is no box')
    box.checked = true
    box.dispatchEvent(new Event('change', { bubbles: true }))
    expect(box.checked).toBe(false)
    expect(document.sent.length).toBe(sent)
  })

  it('ED-74 a tick and words that come at the same time are both there', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const first = open(a)
    type(first, '[ ] one')
    b.receive(a.state)
    const second = open(b)
    first.commands.toggleTaskDone()
    second.view.dispatch(second.view.state.tr.setSelection(TextSelection.atEnd(second.view.state.doc)))
    type(second, ' more')
    connect(a, b)
    await nextFrame()
    expect(first.getJSON()).toEqual(second.getJSON())
    expect(html(first)).toContain('one more')
    expect(first.isActive('task_item', { checked: true })).toBe(true)
    expect(Y.encodeStateVector(a.ydoc)).toEqual(Y.encodeStateVector(b.ydoc))
  })
})
