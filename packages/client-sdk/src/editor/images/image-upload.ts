import type { Node, Schema } from 'prosemirror-model'
import { Plugin, PluginKey } from 'prosemirror-state'
import type { Transaction } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'
import type { EditorView } from 'prosemirror-view'
import { ySyncPluginKey } from 'y-prosemirror'
import { DEFAULT_MAX_IMAGE_BYTES, fileFromDataUrl, imageFilesOf, problemOfImage, titleOfImage } from './image-files.ts'
import type { Tell } from '../messages/messages.ts'
import { movedBy } from '../sharing/moved-selection.ts'
import { takeDataImages } from '../pasting/pasted-html.ts'
import { safeImageUrl } from '../content/safe-url.ts'
import { imageWidth } from '../content/schema.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

/** Where an image is kept, and what is known of it. */
export interface UploadedImage {
  /** `http` or `https`, or beginning with a slash. */
  readonly src: string
  /** Default: none, to be written by whoever added the image. */
  readonly alt?: string
  /** In CSS pixels. Default: the width that the image has. */
  readonly width?: number
}

/**
 * Takes an image into the application's own store and tells its address.
 * @param context.signal aborted when the editor is closed before the upload is done
 */
export type UploadImage = (file: File, context: { readonly signal: AbortSignal }) => Promise<string | UploadedImage>

export interface ImageUploadOptions {
  /** Without it, images that come as files are refused with a message. */
  readonly upload: UploadImage | null
  /** Default 10 MB. */
  readonly maxBytes?: number | undefined
  readonly tell: Tell
  readonly words: EditorWords
}

/** An image on its way, and where it will stand. */
interface Upload {
  readonly id: number
  readonly position: number
  readonly name: string
}

type UploadChange = { readonly add: Upload } | { readonly remove: number }

const uploadsKey = new PluginKey<readonly Upload[]>('sheaf-image-uploads')

function applied(uploads: readonly Upload[], tr: Transaction, before: Node): readonly Upload[] {
  const change = tr.getMeta(uploadsKey) as UploadChange | undefined
  let now = uploads
  if (tr.docChanged && uploads.length > 0) {
    // A change of somebody else replaces the whole document, so its own mapping loses every position.
    const fromOthers = tr.getMeta(ySyncPluginKey) !== undefined
    const move = fromOthers ? movedBy(before, tr.doc) : (position: number) => tr.mapping.map(position)
    now = uploads.map((upload) => ({ ...upload, position: move(upload.position) }))
  }
  if (change === undefined) return now
  return 'add' in change ? [...now, change.add] : now.filter(({ id }) => id !== change.remove)
}

function drawUpload({ name }: Upload, words: EditorWords): HTMLElement {
  const box = globalThis.document.createElement('span')
  box.className = 'sheaf-image-upload'
  box.setAttribute('role', 'progressbar')
  box.setAttribute('aria-label', filled(words.uploading, { name: name === '' ? words.anImage : name }))
  box.textContent = name === '' ? words.image : name
  return box
}

/** The uploads of one view. */
class Uploads {
  readonly #view: EditorView
  readonly #options: ImageUploadOptions
  readonly #ended = new AbortController()
  #lastId = 0

  constructor(view: EditorView, options: ImageUploadOptions) {
    this.#view = view
    this.#options = options
  }

  get maxBytes(): number {
    return this.#options.maxBytes ?? DEFAULT_MAX_IMAGE_BYTES
  }

  start(files: readonly File[], position: number): void {
    const { upload, tell, words } = this.#options
    if (upload === null) {
      tell({ code: 'images-off', text: words.imagesOff })
      return
    }
    for (const file of files) {
      const problem = problemOfImage(file, this.maxBytes, words)
      if (problem === null) void this.#run(upload, file, position)
      else tell(problem)
    }
  }

  destroy(): void {
    this.#ended.abort()
  }

  async #run(upload: UploadImage, file: File, position: number): Promise<void> {
    const id = ++this.#lastId
    this.#change({ add: { id, position, name: file.name } })
    try {
      const answer = await upload(file, { signal: this.#ended.signal })
      this.#finish(id, typeof answer === 'string' ? { src: answer } : answer)
    } catch (error) {
      if (this.#ended.signal.aborted) return
      this.#change({ remove: id })
      this.#fail(file.name, error instanceof Error ? error.message : '')
    }
  }

  #finish(id: number, { src, alt, width }: UploadedImage): void {
    if (this.#ended.signal.aborted) return
    const { state } = this.#view
    const upload = uploadsKey.getState(state)?.find((one) => one.id === id)
    this.#change({ remove: id })
    const url = safeImageUrl(src)
    const type = state.schema.nodes['image']
    if (upload === undefined || type === undefined || url === null) {
      this.#fail(upload?.name ?? '', url === null ? this.#options.words.imageAddressBad : '')
      return
    }
    const image = type.create({ src: url, alt: alt ?? null, width: imageWidth(width) })
    const before = this.#view.state.doc
    const at = Math.min(upload.position, before.content.size)
    this.#view.dispatch(withImage(this.#view.state.tr, at, image, state.schema))
    // A document that became read-only in the meantime takes nothing.
    if (this.#view.state.doc === before) this.#fail(upload.name, this.#options.words.imageNoRight)
  }

  #fail(title: string, reason: string): void {
    const { words, tell } = this.#options
    const sentence = reason === '' ? words.imageFailed : words.imageFailedWhy
    tell({ code: 'image-failed', text: filled(sentence, { name: titleOfImage(title, words), reason }) })
  }

  #change(change: UploadChange): void {
    this.#view.dispatch(this.#view.state.tr.setMeta(uploadsKey, change).setMeta('addToHistory', false))
  }
}

/** The image at a position, in a paragraph of its own where no image may stand in the text. */
function withImage(tr: Transaction, position: number, image: Node, { nodes }: Schema): Transaction {
  const { parent } = tr.doc.resolve(position)
  if (parent.inlineContent && parent.type.contentMatch.matchType(image.type)) return tr.insert(position, image)
  const paragraph = nodes['paragraph']
  return paragraph === undefined ? tr : tr.replaceWith(position, position, paragraph.create(null, image))
}

const placeholders = (doc: Node, uploads: readonly Upload[], words: EditorWords): DecorationSet =>
  DecorationSet.create(
    doc,
    uploads.map((upload) =>
      Decoration.widget(Math.min(upload.position, doc.content.size), () => drawUpload(upload, words), {
        key: `upload-${upload.id}`,
        side: -1,
        ignoreSelection: true,
      }),
    ),
  )

export interface ImageUploadPlugin {
  readonly plugin: Plugin
  /** Uploads files and puts each image where the cursor was. */
  readonly start: (files: readonly File[]) => void
}

/**
 * Images that are pasted, dropped or chosen are given to the application, and their address is written into the document when it is
 * known. The bytes of an image are never part of the document: a pasted `data:` address is uploaded too, or left out with a message.
 */
export function imageUploadPlugin(options: ImageUploadOptions): ImageUploadPlugin {
  let current: { readonly view: EditorView; readonly uploads: Uploads } | null = null
  /** Taken out of the HTML that is being pasted. */
  let pasted: string[] = []
  const startPasted = (view: EditorView, uploads: Uploads): void => {
    const urls = pasted
    pasted = []
    for (const url of urls) {
      const found = fileFromDataUrl(url, uploads.maxBytes)
      const file = found?.file ?? null
      if (file !== null) uploads.start([file], view.state.selection.from)
      else if (found !== null && options.upload !== null) {
        const problem = problemOfImage(
          { name: '', size: found.size, type: 'image/png' },
          uploads.maxBytes,
          options.words,
        )
        if (problem !== null) options.tell(problem)
      } else options.tell({ code: 'image-dropped', text: options.words.imageDropped })
    }
  }
  const plugin = new Plugin<readonly Upload[]>({
    key: uploadsKey,
    state: {
      init: () => [],
      apply: (tr, uploads, before) => applied(uploads, tr, before.doc),
    },
    props: {
      decorations: (state) => {
        const uploads = uploadsKey.getState(state) ?? []
        return uploads.length === 0 ? null : placeholders(state.doc, uploads, options.words)
      },
      transformPastedHTML: (html) => {
        const taken = takeDataImages(html)
        pasted = [...taken.urls]
        return taken.html
      },
      // Words without HTML come with no images; those of a paste that another plugin took are not meant any more.
      transformPastedText: (words) => {
        pasted = []
        return words
      },
      handlePaste: (view, event) => {
        const uploads = current?.uploads
        // Word and browsers put a picture of the words beside the words; then the words are meant.
        const files = event.clipboardData?.getData('text/html').trim() ? [] : imageFilesOf(event.clipboardData)
        if (uploads === undefined || !view.editable) return false
        if (files.length > 0) {
          uploads.start(files, view.state.selection.from)
          return true
        }
        // After the rest of what is pasted stands where it belongs.
        if (pasted.length > 0) queueMicrotask(() => current !== null && startPasted(view, current.uploads))
        return false
      },
      handleDrop: (view, event, _slice, moved) => {
        const files = imageFilesOf(event.dataTransfer)
        if (moved || files.length === 0 || !view.editable) return false
        const place = view.posAtCoords({ left: event.clientX, top: event.clientY })
        current?.uploads.start(files, place?.pos ?? view.state.selection.from)
        event.preventDefault()
        return true
      },
    },
    view: (view) => {
      const uploads = new Uploads(view, options)
      current = { view, uploads }
      return {
        destroy: () => {
          current = null
          uploads.destroy()
        },
      }
    },
  })
  return { plugin, start: (files) => current?.uploads.start(files, current.view.state.selection.from) }
}
