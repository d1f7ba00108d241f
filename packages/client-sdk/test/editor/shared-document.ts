import { CONTENT_ROOT } from '@sheaf/protocol'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { APPLIED_UPDATES } from '../../src/applied-updates.ts'
import { createEditor } from '../../src/editor/index.ts'
import type { Editor, EditorDocument, EditorDocumentSnapshot, EditorOptions } from '../../src/editor/index.ts'
import { loadParts } from '../../src/editor/loading/load-parts.ts'

// From here on what is drawn for those who write is there at once, as in a page that has had an editor open.
await loadParts()

/** A document as the client core gives it, without a server: its status is set by the test. */
export class SharedDocument implements EditorDocument {
  readonly ydoc = new Y.Doc()
  readonly awareness = new Awareness(this.ydoc)
  readonly undoManager = new Y.UndoManager(this.content, { captureTimeout: 0 })
  /** Updates that this document's own session wrote: what the core would send. */
  readonly sent: Uint8Array[] = []
  #snapshot: EditorDocumentSnapshot = { loaded: true, editable: true }
  readonly #listeners = new Set<() => void>()

  constructor(snapshot: Partial<EditorDocumentSnapshot> = {}) {
    this.#snapshot = { ...this.#snapshot, ...snapshot }
    this.ydoc.on('updateV2', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'remote') this.sent.push(update)
    })
  }

  get content(): Y.XmlFragment {
    return this.ydoc.getXmlFragment(CONTENT_ROOT)
  }

  getSnapshot(): EditorDocumentSnapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  change(change: Partial<EditorDocumentSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }

  receive(...updates: readonly Uint8Array[]): void {
    // As the core does it.
    Y.transact(
      this.ydoc,
      (transaction) => {
        transaction.meta.set(APPLIED_UPDATES, updates)
        for (const update of updates) Y.applyUpdateV2(this.ydoc, update, 'remote')
      },
      'remote',
      false,
    )
  }

  get state(): Uint8Array {
    return Y.encodeStateAsUpdateV2(this.ydoc)
  }

  /** What anybody else would see. */
  get json(): unknown {
    return this.content.toJSON()
  }
}

/** Content written by somebody else, with whatever program. */
export function writtenElsewhere(write: (content: Y.XmlFragment) => void): Uint8Array {
  const ydoc = new Y.Doc()
  ydoc.transact(() => write(ydoc.getXmlFragment(CONTENT_ROOT)))
  return Y.encodeStateAsUpdateV2(ydoc)
}

export function element(
  name: string,
  children: (Y.XmlElement | Y.XmlText)[] = [],
  attrs: Record<string, unknown> = {},
) {
  const created = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attrs)) created.setAttribute(key, value as string)
  created.insert(0, children)
  return created
}

export const text = (content: string): Y.XmlText => new Y.XmlText(content)

/** Everything each document writes reaches the other, as soon as it is written. */
export function connect(a: SharedDocument, b: SharedDocument): void {
  a.receive(b.state)
  b.receive(a.state)
  a.ydoc.on('updateV2', (update: Uint8Array, origin: unknown) => origin !== 'remote' && b.receive(update))
  b.ydoc.on('updateV2', (update: Uint8Array, origin: unknown) => origin !== 'remote' && a.receive(update))
}

export function open(document: EditorDocument, options: Partial<EditorOptions> = {}): Editor {
  const mount = globalThis.document.createElement('div')
  globalThis.document.body.append(mount)
  return createEditor(mount, { document, ...options })
}

/** Types as the browser does it: each character first goes to the plugins, so that input rules see it. */
export function type(editor: Editor, characters: string): void {
  for (const character of characters) {
    const { view } = editor
    const { from, to } = view.state.selection
    const insert = () => view.state.tr.insertText(character, from, to)
    const taken = view.someProp('handleTextInput', (handle) => handle(view, from, to, character, insert))
    if (taken !== true) view.dispatch(insert())
  }
}

/** Presses a key with the modifiers of its name, such as `Ctrl-z`. True when a keymap took it. */
export function press(editor: Editor, keys: string): boolean {
  const parts = keys.split('-')
  const key = parts.at(-1) ?? ''
  const event = new KeyboardEvent('keydown', {
    key,
    ctrlKey: parts.includes('Ctrl'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
  })
  return editor.view.someProp('handleKeyDown', (handle) => handle(editor.view, event)) === true
}

/** Pastes what another program has put on the clipboard. */
export function paste(editor: Editor, content: Readonly<Record<string, string>>, files: readonly File[] = []): Event {
  const event = new Event('paste', { bubbles: true, cancelable: true })
  const clipboardData = { getData: (kind: string) => content[kind] ?? '', types: Object.keys(content), files }
  Object.defineProperty(event, 'clipboardData', { value: clipboardData })
  editor.view.dom.dispatchEvent(event)
  return event
}

export const nextFrame = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => done()))

export const html = (editor: Editor): string =>
  editor.view.dom.innerHTML.replaceAll(
    /<br class="ProseMirror-trailingBreak">| dir="auto"| contenteditable="inherit"/g,
    '',
  )
