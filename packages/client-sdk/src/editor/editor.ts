import type { Attrs } from 'prosemirror-model'
import type { EditorView } from 'prosemirror-view'
import type { EditorCommands } from './commands/commands.ts'
import type { EditorChain, PossibleCommands } from './commands/editor-chain.ts'
import type { WordCount } from './content/word-count.ts'
import type { EditorSnapshot } from './editor-snapshot.ts'
import type { EditorWords } from './words.ts'

/** An editor on the page: what an application does with it, and what it hears from it. */
export interface Editor {
  /** ProseMirror's own view, for whatever the editor has no command for. */
  readonly view: EditorView
  /** Each runs at the selection, and tells whether it could: false in a read-only document. */
  readonly commands: EditorCommands
  /** The same names, changing nothing: whether the command, or a chain of them, would do something now. */
  can(): PossibleCommands
  /** True when the selection is in a node, or has a mark, of this name and with at least these attributes. */
  isActive(name: string, attrs?: Attrs): boolean
  /** Commands one after the other: `chain().focus().toggleBold().run()`. */
  chain(): EditorChain
  /** The words of the interface, for what is drawn around the editor. */
  readonly words: EditorWords
  /** The shown content as ProseMirror JSON. */
  getJSON(): unknown
  /** The shown content as HTML that runs nothing. */
  getHTML(): string
  /** The shown content as Markdown (with tables and tasks). What writes it is loaded at the first call. */
  getMarkdown(): Promise<string>
  /** Puts what is selected, or everything, on the clipboard. False, with a message, where the browser refuses it. */
  copyAs(format: 'html' | 'markdown'): Promise<boolean>
  wordCount(): WordCount
  /** Whether images can be added as files: whether there is an `uploadImage`. */
  readonly takesImages: boolean
  /** Uploads images and puts them where the cursor is. */
  addImages(files: readonly File[]): void
  /** Lets the person choose images to add. False where none can be added. */
  chooseImages(): boolean
  /** Opens the form for the link at the selection. False where no link may stand. */
  editLink(): boolean
  /** Opens find and replace. */
  openFind(): void
  /** Opens the sheet of keyboard shortcuts. */
  openHelp(): void
  getSnapshot(): EditorSnapshot
  /** Calls back whenever the snapshot changes. Returns the function that ends it. */
  subscribe(listener: () => void): () => void
  setEditable(editable: boolean): void
  /** Whether screen readers are told what others do: who comes and goes, and where they write. */
  setAnnouncing(on: boolean): void
  focus(): void
  /** Takes the editor off the page. The document stays open, with its undo history. Idempotent. */
  destroy(): void
}
