/** The ProseMirror editor of a Sheaf document. The only part of the SDK that imports ProseMirror. */

// The editor
export { createEditor } from './document-editor.ts'
export type { Editor } from './editor.ts'
export type { EditorOptions } from './editor-options.ts'
export { keptCaret } from './kept-caret.ts'
export { sameOptions } from './same-options.ts'
export type { EditorChain, PossibleCommands } from './commands/editor-chain.ts'
export { ENGLISH, allWords, filled, type EditorWords, type WordName, type Words } from './words.ts'
export type { EditorDocument, EditorDocumentSnapshot } from './editor-document.ts'
export type { EditorSnapshot, EditorStatus } from './editor-snapshot.ts'
export type { CommandName, EditorCommands, ImageAttrs, LinkAttrs } from './commands/commands.ts'
export type { EditorParts } from './editor-plugins.ts'
export type { EditorMessage } from './messages/messages.ts'
export type { UploadImage, UploadedImage } from './images/image-upload.ts'
export type { WordCount } from './content/word-count.ts'
export type { TableSize } from './commands/tables.ts'
export type { CellAlignment } from './content/table-nodes.ts'

// What the server will not take
export { downloadUnsaved, type ExportableDocument } from './download-unsaved.ts'

// What a document may hold
export { sheafSchema, type SheafMarkName, type SheafNodeName } from './content/schema.ts'
export { readContent, type ContentMapping, type ContentReading, type ForeignContent } from './content/content.ts'
export { renderContent } from './content/content-view.ts'
export { linkFromInput, safeImageUrl, safeLinkUrl } from './content/safe-url.ts'

// What a toolbar is made of, for any framework
export {
  BLOCK_KINDS,
  DETAILS_ICON,
  LINK_ICON,
  TABLE_ITEMS,
  TOOLBAR_GROUPS,
  blockKindOf,
  type BlockKind,
  type ToolbarItem,
} from './toolbar/toolbar.ts'
export { toolbarStep, walkToolbar } from './toolbar/toolbar-keys.ts'

export { SHORTCUTS, shortcutLabel, type Shortcut, type ShortcutGroup } from './typing/shortcuts.ts'

// The parts, for an application that puts an editor together on its own
export { presenceCaretsPlugin, MAX_DRAWN_CARETS } from './presence/presence-carets.ts'
export { redo, undo, undoPlugin } from './sharing/undo.ts'
export { syncPlugin, type SyncOptions } from './sharing/sync.ts'
export { editorInputRules } from './typing/input-rules.ts'
export { editorKeymaps } from './typing/keymap.ts'
