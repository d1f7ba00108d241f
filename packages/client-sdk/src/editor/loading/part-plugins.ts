import { search } from 'prosemirror-search'
import { Plugin } from 'prosemirror-state'
import type { Editor } from '../editor.ts'
import { LazyPart } from './lazy-part.ts'
import type { EditorWords } from '../words.ts'

export interface OpenedPlugin {
  readonly plugins: readonly Plugin[]
  readonly open: () => void
}

/** The sheet with all keyboard shortcuts, opened with `Mod+/`. */
export function helpPlugin(words: EditorWords): OpenedPlugin {
  const sheet = new LazyPart((parts, view) => new parts.HelpSheet(view, words))
  const open = (): void => sheet.open(words.keys, (loaded) => loaded.open())
  const keys = new Plugin({
    props: {
      handleKeyDown: (_view, event) => {
        if (event.key !== '/' || !(event.ctrlKey || event.metaKey) || event.altKey) return false
        open()
        return true
      },
    },
    view: sheet.view,
  })
  return { plugins: [keys], open }
}

/** Find and replace, opened with `Mod+F` while the focus is in the text. */
export function findPlugin(words: EditorWords): OpenedPlugin {
  const panel = new LazyPart((parts, view) => new parts.FindPanel(view, words))
  const open = (): void => panel.open(words.find, (loaded) => loaded.open())
  const keys = new Plugin({
    props: {
      handleKeyDown: (_view, event) => {
        const meant = event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey)
        if (!meant || event.shiftKey || event.altKey) return false
        open()
        return true
      },
    },
    view: panel.view,
  })
  return { plugins: [search(), keys], open }
}

/** Buttons above the selected words. */
export const selectionBubblePlugin = (editor: () => Editor, words: EditorWords): Plugin =>
  new Plugin({
    view: new LazyPart((parts, view) => new parts.SelectionBubble(view, parts.bubbleItems(editor, words), words)).view,
  })

/** Says and changes the language of a code block. */
export const codeLanguagePlugin = (words: EditorWords): Plugin =>
  new Plugin({ view: new LazyPart((parts, view) => new parts.CodeLanguage(view, words)).view })

/** The handle before the block at the pointer, and its menu, which `Alt+Shift+Enter` opens for the block at the cursor. */
export function blockHandlePlugin(words: EditorWords): Plugin {
  const handle = new LazyPart((parts, view) => new parts.BlockHandle(view, words))
  return new Plugin({
    props: {
      handleKeyDown: (view, event) => {
        if (event.key !== 'Enter' || !event.altKey || !event.shiftKey || !view.editable) return false
        handle.open(words.block, (loaded) => loaded.openAtCursor())
        return true
      },
    },
    view: handle.view,
  })
}

/** A line where something that is dragged would land. Nobody drags before coming to the text. */
export const dropCursorPlugin = (): Plugin =>
  new Plugin({
    view: new LazyPart((parts, view) => {
      const { spec } = parts.dropCursor({ class: 'sheaf-drop-cursor', color: false })
      return spec.view?.(view) ?? {}
    }).view,
  })
