import type { Schema } from 'prosemirror-model'
import type { Plugin } from 'prosemirror-state'
import type { EditorDocument } from './editor-document.ts'
import type { EditorParts } from './editor-plugins.ts'
import type { Editor } from './editor.ts'
import type { UploadImage } from './images/image-upload.ts'
import type { EditorMessage } from './messages/messages.ts'
import type { EditorWords } from './words.ts'

/** What an editor is made with. */
export interface EditorOptions {
  /** The open document. The editor never closes it. */
  readonly document: EditorDocument
  /** Default: `sheafSchema`. Another schema needs another `schemaId` of the client. */
  readonly schema?: Schema
  /** Further ProseMirror plugins. They come before the editor's own, so that their keys win. */
  readonly plugins?: readonly Plugin[]
  /** False shows the document read-only, whatever the role. Default true: whoever may edit, can. */
  readonly editable?: boolean
  /** Shown in an empty document. Default: nothing. */
  readonly placeholder?: string
  /** What a screen reader calls the text. Default: the word `document`. */
  readonly ariaLabel?: string
  /** Shown above a document with content that the schema does not know. Default: the word `foreign`. */
  readonly foreignMessage?: string
  /** Takes images into the application's own store. Without it images cannot be added as files. */
  readonly uploadImage?: UploadImage
  /** Largest image that is taken. Default 10 MB (10 * 1024 * 1024). */
  readonly maxImageBytes?: number
  /** The words of the interface in another language. What is left out is English. */
  readonly words?: Partial<EditorWords>
  /**
   * Whether screen readers are told who comes and goes and where others write, at most every five seconds. Default false: it is
   * for people to ask for.
   */
  readonly announce?: boolean
  /** What the editor draws besides the text. Default: everything. */
  readonly parts?: EditorParts
  /** Called with what the editor has to say, such as that an image is too large. It is then not shown below the text. */
  readonly onMessage?: (message: EditorMessage) => void
  /** Called after every change of the shown content, one's own or somebody else's. */
  readonly onChange?: (editor: Editor) => void
}
