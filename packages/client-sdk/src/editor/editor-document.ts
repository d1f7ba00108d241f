import type { Awareness } from 'y-protocols/awareness'
import type { Doc, UndoManager } from 'yjs'

/** What of a document's snapshot an editor goes by. */
export interface EditorDocumentSnapshot {
  /** False until the document has content to show, from this device or from the server. */
  readonly loaded: boolean
  /** True while an edit made now would be kept and sent: not for a viewer, not after an edit was refused. */
  readonly editable: boolean
  /** Why not, where it is known. With the code `schema-mismatch` the editor says so above the text. */
  readonly error?: { readonly code: string } | null
}

/** The part of a `SheafDocument` that an editor needs. */
export interface EditorDocument {
  readonly ydoc: Doc
  readonly awareness: Awareness
  /** Belongs to the document, so that undo outlives the view that is closed and opened again. */
  readonly undoManager: UndoManager
  /** Whether one has written under this client id of Yjs, also before the page was loaded. Unless there, in this visit is all. */
  isOwn?(clientId: number): boolean
  /**
   * Has what others write wait until the returned function is called, or until the document ends it by itself. The editor asks for it
   * while an input method composes a word. Unless there, everything is shown at once, and may break the word.
   */
  pauseRemoteEdits?(): () => void
  getSnapshot(): EditorDocumentSnapshot
  subscribe(listener: () => void): () => void
}
