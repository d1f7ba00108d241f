import type { Editor } from '../editor.ts'
import type { EditorSnapshot } from '../editor-snapshot.ts'
import { ENGLISH } from '../words.ts'
import type { WordName } from '../words.ts'

/** One button of a toolbar, for any framework to draw. */
export interface ToolbarItem {
  readonly id: string
  /** What a screen reader says and a tooltip shows: the name of it in `editor.words`. */
  readonly word: WordName
  /** The same in English. */
  readonly label: string
  /** Keys that do the same, as `Mod+B`. Null where there are none. */
  readonly shortcut: string | null
  /** Paths of a 24 by 24 icon, drawn with strokes. */
  readonly icon: readonly string[]
  /** Whether the button looks pressed; null for a button that is no switch. */
  readonly pressed: (snapshot: EditorSnapshot) => boolean | null
  readonly enabled: (snapshot: EditorSnapshot, editor: Editor) => boolean
  readonly run: (editor: Editor) => boolean
}

const always = (snapshot: EditorSnapshot): boolean => snapshot.editable
const called = (word: WordName): { readonly word: WordName; readonly label: string } => ({ word, label: ENGLISH[word] })
const noSwitch = (): null => null

const mark = (
  name: string,
  word: WordName,
  shortcut: string,
  icon: readonly string[],
  run: (editor: Editor) => boolean,
): ToolbarItem => ({
  id: name,
  ...called(word),
  shortcut,
  icon,
  pressed: (snapshot) => snapshot.marks.includes(name),
  enabled: (snapshot) => snapshot.editable && snapshot.block !== 'code_block',
  run,
})

/** The buttons of the default toolbar, in groups. Block kinds and links have controls of their own in the bindings. */
export const TOOLBAR_GROUPS: readonly (readonly ToolbarItem[])[] = [
  [
    {
      id: 'undo',
      ...called('undo'),
      shortcut: 'Mod+Z',
      icon: ['M8.5 14 4 9.5 8.5 5', 'M4 9.5h9.5a6 6 0 0 1 0 12H9'],
      pressed: noSwitch,
      enabled: (snapshot) => snapshot.canUndo,
      run: (editor) => editor.commands.undo(),
    },
    {
      id: 'redo',
      ...called('redo'),
      shortcut: 'Mod+Shift+Z',
      icon: ['M15.5 14 20 9.5 15.5 5', 'M20 9.5h-9.5a6 6 0 0 0 0 12H15'],
      pressed: noSwitch,
      enabled: (snapshot) => snapshot.canRedo,
      run: (editor) => editor.commands.redo(),
    },
  ],
  [
    mark(
      'strong',
      'bold',
      'Mod+B',
      ['M7 4.5h6a3.75 3.75 0 0 1 0 7.5H7z', 'M7 12h7a3.75 3.75 0 0 1 0 7.5H7z'],
      (editor) => editor.commands.toggleBold(),
    ),
    mark('em', 'italic', 'Mod+I', ['M18.5 4.5h-8', 'M13.5 19.5h-8', 'M14.5 4.5l-5 15'], (editor) =>
      editor.commands.toggleItalic(),
    ),
    mark('underline', 'underline', 'Mod+U', ['M6.5 4v6.5a5.5 5.5 0 0 0 11 0V4', 'M5 20.5h14'], (editor) =>
      editor.commands.toggleUnderline(),
    ),
    mark(
      'strike',
      'strike',
      'Mod+Shift+S',
      [
        'M16.5 6.5C16 5 14.3 4 12 4 9.4 4 7.5 5.4 7.5 7.5c0 1.4.8 2.6 2.5 3.3',
        'M4 12h16',
        'M15.4 13.6c.9.7 1.3 1.7 1.3 2.9 0 2.2-2 3.5-4.7 3.5-2.5 0-4.4-1.1-5-3',
      ],
      (editor) => editor.commands.toggleStrike(),
    ),
    mark(
      'highlight',
      'highlight',
      'Mod+Shift+H',
      ['M9 11.5 15.5 5l4 4L13 15.5', 'M9 11.5l4 4-1.5 1.5H8l-1.5-1.5z', 'M4 20.5h16'],
      (editor) => editor.commands.toggleHighlight(),
    ),
    mark('code', 'code', 'Mod+E', ['M8 7.5 3.5 12 8 16.5', 'M16 7.5 20.5 12 16 16.5'], (editor) =>
      editor.commands.toggleCode(),
    ),
  ],
  [
    {
      id: 'bullet_list',
      ...called('bulletList'),
      shortcut: 'Mod+Shift+8',
      icon: ['M9.5 6H20', 'M9.5 12H20', 'M9.5 18H20', 'M4.5 6h.01', 'M4.5 12h.01', 'M4.5 18h.01'],
      pressed: (snapshot) => snapshot.list === 'bullet',
      enabled: always,
      run: (editor) => editor.commands.toggleBulletList(),
    },
    {
      id: 'ordered_list',
      ...called('orderedList'),
      shortcut: 'Mod+Shift+7',
      icon: [
        'M10.5 6H20',
        'M10.5 12H20',
        'M10.5 18H20',
        'M3.8 4.8 5 4.2v4',
        'M3.8 15.4c.4-.7 2.4-.9 2.4.4 0 1-2.4 1.8-2.4 3.2h2.6',
      ],
      pressed: (snapshot) => snapshot.list === 'ordered',
      enabled: always,
      run: (editor) => editor.commands.toggleOrderedList(),
    },
    {
      id: 'task_list',
      ...called('taskList'),
      shortcut: 'Mod+Shift+9',
      icon: ['M11 6.5h9', 'M11 17.5h9', 'M3.5 6.5 5 8l2.8-3.2', 'M3.6 15.2h4.6v4.6H3.6z'],
      pressed: (snapshot) => snapshot.list === 'task',
      enabled: always,
      run: (editor) => editor.commands.toggleTaskList(),
    },
    {
      id: 'blockquote',
      ...called('quote'),
      shortcut: 'Mod+Shift+B',
      icon: ['M10 7H5v5.5h5z', 'M10 12.5c0 2.5-1.2 4-3.5 4.5', 'M19 7h-5v5.5h5z', 'M19 12.5c0 2.5-1.2 4-3.5 4.5'],
      pressed: (snapshot) => snapshot.quote,
      enabled: always,
      run: (editor) => editor.commands.toggleBlockquote(),
    },
    {
      id: 'horizontal_rule',
      ...called('divider'),
      shortcut: null,
      icon: ['M4 12h16', 'M7 6.5h10', 'M7 17.5h10'],
      pressed: noSwitch,
      enabled: (snapshot, editor) => snapshot.editable && editor.can().insertHorizontalRule(),
      run: (editor) => editor.commands.insertHorizontalRule(),
    },
    {
      id: 'table',
      ...called('table'),
      shortcut: null,
      icon: ['M4 5h16v14H4z', 'M4 10h16', 'M4 14.5h16', 'M12 5v14'],
      pressed: noSwitch,
      enabled: (snapshot, editor) => snapshot.editable && editor.can().insertTable(),
      run: (editor) => editor.commands.insertTable(),
    },
    {
      id: 'image',
      ...called('image'),
      shortcut: null,
      icon: ['M4 5h16v14H4z', 'M4.5 16.5 9.5 11l4 4 2.5-2.5 3.5 3.5', 'M15.5 9h.01'],
      pressed: noSwitch,
      enabled: (snapshot, editor) => snapshot.editable && editor.takesImages && snapshot.block !== 'code_block',
      run: (editor) => editor.chooseImages(),
    },
  ],
]

const tableItem = (
  id: string,
  word: WordName,
  icon: readonly string[],
  run: (editor: Editor) => boolean,
): ToolbarItem => ({ id, ...called(word), shortcut: null, icon, pressed: noSwitch, enabled: always, run })

const GRID = ['M4 4.5h16v9H4z', 'M12 4.5v9']
const COLUMNS = ['M4 4.5h9v15H4z', 'M4 12h9']
const PLUS = (x: number, y: number): string[] => [`M${x - 2.5} ${y}h5`, `M${x} ${y - 2.5}v5`]
const MINUS = (x: number, y: number): string[] => [`M${x - 2.5} ${y}h5`]

/** What a toolbar offers besides while the cursor is in a table (`snapshot.table`). */
export const TABLE_ITEMS: readonly ToolbarItem[] = [
  tableItem('add-row', 'addRow', [...GRID, ...PLUS(12, 18)], (editor) => editor.commands.addRowAfter()),
  tableItem('add-column', 'addColumn', [...COLUMNS, ...PLUS(18, 12)], (editor) => editor.commands.addColumnAfter()),
  tableItem('delete-row', 'deleteRow', [...GRID, ...MINUS(12, 18)], (editor) => editor.commands.deleteRow()),
  tableItem('delete-column', 'deleteColumn', [...COLUMNS, ...MINUS(18, 12)], (editor) =>
    editor.commands.deleteColumn(),
  ),
  tableItem('header-row', 'headerRow', ['M4 5h16v14H4z', 'M4 10.5h16', 'M6.5 7.75h11'], (editor) =>
    editor.commands.toggleHeaderRow(),
  ),
  tableItem(
    'delete-table',
    'deleteTable',
    ['M5 7h14', 'M9.5 7V4.5h5V7', 'M7 7l.8 12.5h8.4L17 7', 'M10.5 10.5v6', 'M13.5 10.5v6'],
    (editor) => editor.commands.deleteTable(),
  ),
]

/** Icon of the link control, which the bindings draw with a form. */
export const LINK_ICON: readonly string[] = [
  'M10 13.5a4.2 4.2 0 0 0 6.2.5l2.6-2.6a4.2 4.2 0 0 0-6-6L11.5 6.7',
  'M14 10.5a4.2 4.2 0 0 0-6.2-.5l-2.6 2.6a4.2 4.2 0 0 0 6 6l1.3-1.3',
]

/** Icon of the button that opens the inspector. */
export const DETAILS_ICON: readonly string[] = ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', 'M12 11v5.5', 'M12 7.5h.01']

/** One kind of text block, as a list offers it. */
export interface BlockKind {
  readonly id: string
  /** The name of its label in `editor.words`. */
  readonly word: WordName
  /** Its label in English. */
  readonly label: string
  /** Paths of a 24 by 24 icon, drawn with strokes. */
  readonly icon: readonly string[]
  readonly run: (editor: Editor) => boolean
}

const H = ['M4 6v12', 'M12 6v12', 'M4 12h8']

/** The kinds that a block menu offers. */
export const BLOCK_KINDS: readonly BlockKind[] = [
  {
    id: 'paragraph',
    ...called('text'),
    icon: ['M5 7V5.5h14V7', 'M12 5.5v13', 'M9.5 18.5h5'],
    run: (editor) => editor.commands.setParagraph(),
  },
  {
    id: 'heading-1',
    ...called('heading1'),
    icon: [...H, 'M16.5 11 19 9.5V18'],
    run: (editor) => editor.commands.setHeading(1),
  },
  {
    id: 'heading-2',
    ...called('heading2'),
    icon: [...H, 'M16 11.5c.3-2.4 4-2.4 4 0 0 2-4 4-4 6.5h4.2'],
    run: (editor) => editor.commands.setHeading(2),
  },
  {
    id: 'heading-3',
    ...called('heading3'),
    icon: [...H, 'M16 10h4l-2.2 3c3.2.2 3 4.8-.1 5-1 0-1.7-.4-2-1'],
    run: (editor) => editor.commands.setHeading(3),
  },
  {
    id: 'code_block',
    ...called('codeBlock'),
    icon: ['M4 5h16v14H4z', 'M9.5 9.5 7 12l2.5 2.5', 'M14.5 9.5 17 12l-2.5 2.5'],
    run: (editor) => editor.commands.toggleCodeBlock(),
  },
]

/** Id of the block kind that the selection is in. A heading deeper than those on offer counts as the deepest. */
export function blockKindOf(snapshot: EditorSnapshot): string {
  if (snapshot.block === 'heading') return `heading-${Math.min(snapshot.headingLevel ?? 1, 3)}`
  return snapshot.block === 'code_block' ? 'code_block' : 'paragraph'
}
