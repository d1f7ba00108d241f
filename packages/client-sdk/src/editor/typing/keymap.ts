import { baseKeymap, chainCommands, exitCode } from 'prosemirror-commands'
import { undoInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import type { Schema } from 'prosemirror-model'
import { liftListItem } from 'prosemirror-schema-list'
import { Plugin } from 'prosemirror-state'
import type { Command } from 'prosemirror-state'
import { COMMANDS } from '../commands/commands.ts'

/** Backspace at the start of a heading or a code block makes it a paragraph first. */
const backToParagraph =
  (schema: Schema): Command =>
  (state, dispatch, view) => {
    const { $from, empty } = state.selection
    const name = $from.parent.type.name
    if (!empty || $from.parentOffset > 0 || (name !== 'heading' && name !== 'code_block')) return false
    return COMMANDS.setParagraph(schema)(state, dispatch, view)
  }

/** Backspace at the start of a list's first item leaves the list, as Enter in an empty item does. */
const outOfList =
  (schema: Schema): Command =>
  (state, dispatch, view) => {
    const { $from, empty } = state.selection
    if (!empty || $from.parentOffset > 0 || $from.depth < 3) return false
    const item = schema.nodes[$from.node(-1).type.name]
    if (item === undefined || !/^(?:list|task)_item$/.test(item.name) || $from.index(-1) > 0 || $from.index(-2) > 0)
      return false
    return liftListItem(item)(state, dispatch, view)
  }

/** Enter after three backticks, and the name of a language, begins a code block, as a space does. */
const codeFence =
  ({ nodes: { code_block: codeBlock } }: Schema): Command =>
  ({ selection: { $from, empty }, tr }, dispatch) => {
    const fence = /^```([\w+#-]*)$/.exec($from.parent.textContent)
    const atEnd = empty && $from.parentOffset === $from.parent.content.size
    if (fence === null || codeBlock === undefined || !atEnd || $from.parent.type.name !== 'paragraph') return false
    if (!$from.node(-1).canReplaceWith($from.index(-1), $from.indexAfter(-1), codeBlock)) return false
    const start = $from.start()
    dispatch?.(tr.delete(start, $from.pos).setBlockType(start, start, codeBlock, { language: fence[1] || null }))
    return true
  }

/** What the keys do. `Mod` is Cmd on a Mac and Ctrl elsewhere. Tab is taken inside lists and tables only, so nobody is caught in the editor. */
export function editorKeymaps(schema: Schema): Plugin[] {
  const headings = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((level) => [`Mod-Alt-${level}`, COMMANDS.toggleHeading(schema, level)]),
  )
  const keys: Record<string, Command> = {
    ...headings,
    'Mod-z': COMMANDS.undo(),
    'Mod-y': COMMANDS.redo(),
    'Mod-Shift-z': COMMANDS.redo(),
    'Mod-b': COMMANDS.toggleBold(schema),
    'Mod-i': COMMANDS.toggleItalic(schema),
    'Mod-u': COMMANDS.toggleUnderline(schema),
    'Mod-e': COMMANDS.toggleCode(schema),
    'Mod-Shift-s': COMMANDS.toggleStrike(schema),
    'Mod-Shift-h': COMMANDS.toggleHighlight(schema),
    'Mod-Alt-0': COMMANDS.setParagraph(schema),
    'Mod-Alt-c': COMMANDS.toggleCodeBlock(schema),
    'Mod-Shift-7': COMMANDS.toggleOrderedList(schema),
    'Mod-Shift-8': COMMANDS.toggleBulletList(schema),
    'Mod-Shift-9': COMMANDS.toggleTaskList(schema),
    'Mod-Shift-b': COMMANDS.toggleBlockquote(schema),
    'Mod-Enter': chainCommands(exitCode, COMMANDS.toggleTaskDone(schema)),
    'Shift-Enter': chainCommands(exitCode, COMMANDS.insertHardBreak(schema)),
    Backspace: chainCommands(undoInputRule, backToParagraph(schema), outOfList(schema)),
    'Alt-Shift-ArrowUp': COMMANDS.moveBlockUp(),
    'Alt-Shift-ArrowDown': COMMANDS.moveBlockDown(),
    Enter: chainCommands(codeFence(schema), COMMANDS.splitListItem(schema)),
    Tab: chainCommands(COMMANDS.indentListItem(schema), COMMANDS.goToNextCell()),
    'Shift-Tab': chainCommands(COMMANDS.outdentListItem(schema), COMMANDS.goToPreviousCell()),
  }
  return [keymap(keys), keymap(baseKeymap)]
}

const REACHED = '.sheaf-popover:not([hidden]) :is(a[href], button, input):not(:disabled)'

/** Alt+F10 goes from the text into the box beside it, whichever it is, as in most editors. Escape goes back. */
export const popoverKeys = (): Plugin =>
  new Plugin({
    props: {
      handleKeyDown: (view, event) => {
        if (!event.altKey || event.key !== 'F10') return false
        const controls = view.dom.parentElement?.querySelectorAll<HTMLElement>(REACHED) ?? []
        const first = [...controls].find((control) => control.closest('[hidden]') === null)
        first?.focus()
        return first !== undefined
      },
    },
  })

/** After Escape, the next Tab goes on in the page, also where it would be taken: nobody is caught in a list or a table. */
export function tabLeaves(): Plugin {
  let leaving = false
  return new Plugin({
    props: {
      handleDOMEvents: {
        keydown: (_view, { key }) => {
          // True without preventing the default: no key of the editor sees it, and the browser moves the focus.
          const taken = leaving && key === 'Tab'
          if (key !== 'Shift') leaving = key === 'Escape'
          return taken
        },
      },
    },
  })
}
