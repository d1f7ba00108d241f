import { gapCursor } from 'prosemirror-gapcursor'
import type { Schema } from 'prosemirror-model'
import type { Plugin } from 'prosemirror-state'
import { blurredSelectionPlugin } from './typing/blurred-selection.ts'
import type { Editor } from './editor.ts'
import { imageUploadPlugin } from './images/image-upload.ts'
import type { UploadImage } from './images/image-upload.ts'
import { imagesPlugin } from './images/image-view.ts'
import { editorInputRules } from './typing/input-rules.ts'
import { editorKeymaps, popoverKeys, tabLeaves } from './typing/keymap.ts'
import { linksPlugin } from './typing/links.ts'
import type { Tell } from './messages/messages.ts'
import {
  blockHandlePlugin,
  codeLanguagePlugin,
  dropCursorPlugin,
  findPlugin,
  helpPlugin,
  selectionBubblePlugin,
} from './loading/part-plugins.ts'
import { pastePlugin } from './pasting/paste.ts'
import { placeholderPlugin } from './typing/placeholder.ts'
import { slashMenuPlugin } from './boxes/slash-plugin.ts'
import { tablesPlugin } from './commands/tables.ts'
import { tasksPlugin } from './typing/tasks.ts'
import { wellFormedPlugin } from './typing/well-formed.ts'
import { wideTablesPlugin } from './typing/wide-tables.ts'
import type { EditorWords } from './words.ts'

/** What an editor draws besides the text. An application that has its own leaves one out by saying false. All are true by default. */
export interface EditorParts {
  /** The menu after a typed `/`. */
  readonly slashMenu?: boolean
  /** The buttons above selected words. */
  readonly selectionBubble?: boolean
  /** The handle before the block at the pointer, and its menu. */
  readonly blockHandle?: boolean
  /** The form that changes a link, opened with `Mod+K`. The address of the link at the cursor is shown in any case. */
  readonly linkForm?: boolean
  /** The field for the language of the code block that the cursor is in. */
  readonly codeLanguage?: boolean
  /** Find and replace with `Mod+F`. */
  readonly find?: boolean
  /** The sheet of keys with `Mod+/`. */
  readonly help?: boolean
  /** The message below the text when the right to edit goes away. False where the page says so by itself. */
  readonly readOnlyMessage?: boolean
}

export interface PluginOptions {
  readonly schema: Schema
  readonly parts: EditorParts
  readonly placeholder: string | undefined
  readonly uploadImage: UploadImage | undefined
  readonly maxImageBytes: number | undefined
  readonly tell: Tell
  readonly words: EditorWords
  readonly editor: () => Editor
}

/** What opens a part of the editor. Each does nothing where the part was left out. */
export interface PartOpeners {
  readonly find: () => void
  readonly help: () => void
  readonly editLink: () => boolean
  readonly addImages: (files: readonly File[]) => void
}

/** The plugins of the default editor that do not care who else writes, in the order in which they are asked. */
export function editorPlugins(options: PluginOptions): {
  readonly plugins: readonly Plugin[]
  readonly open: PartOpeners
} {
  const { schema, parts, placeholder, tell, words } = options
  const links = linksPlugin(words, { form: parts.linkForm !== false })
  const find = parts.find === false ? null : findPlugin(words)
  const help = parts.help === false ? null : helpPlugin(words)
  const images = imageUploadPlugin({
    upload: options.uploadImage ?? null,
    maxBytes: options.maxImageBytes,
    tell,
    words,
  })
  const { nodes } = schema
  const plugins: readonly Plugin[] = [
    tabLeaves(),
    popoverKeys(),
    // Before the keys: Enter with Alt and Shift is its menu.
    ...(parts.blockHandle === false ? [] : [blockHandlePlugin(words)]),
    // The menu takes Enter and the arrows while it is open.
    ...(parts.slashMenu === false ? [] : [slashMenuPlugin(options.editor, words)]),
    ...(find?.plugins ?? []),
    ...(help === null ? [] : help.plugins),
    // Before the keys: Enter after an address makes the link, and then a new line.
    links.plugin,
    editorInputRules(schema),
    ...editorKeymaps(schema),
    ...(nodes['task_item'] === undefined ? [] : [tasksPlugin(words)]),
    // After the keys of lists: Tab indents an item inside of a cell before it leaves the cell.
    ...(nodes['table'] === undefined ? [] : [tablesPlugin(), wideTablesPlugin(() => options.editor().view.editable)]),
    pastePlugin(schema, tell, words),
    wellFormedPlugin(),
    ...(nodes['image'] === undefined ? [] : [images.plugin, imagesPlugin(words)]),
    ...(nodes['code_block'] === undefined || parts.codeLanguage === false ? [] : [codeLanguagePlugin(words)]),
    dropCursorPlugin(),
    gapCursor(),
    blurredSelectionPlugin(),
    ...(placeholder === undefined ? [] : [placeholderPlugin(placeholder)]),
    ...(parts.selectionBubble === false ? [] : [selectionBubblePlugin(options.editor, words)]),
  ]
  return {
    plugins,
    open: {
      find: () => find?.open(),
      help: () => help?.open(),
      editLink: links.edit,
      addImages: images.start,
    },
  }
}
