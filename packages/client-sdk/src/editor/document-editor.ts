import { CONTENT_ROOT } from '@sheaf/protocol'
import type { Attrs, Node, Schema } from 'prosemirror-model'
import { EditorState, Plugin } from 'prosemirror-state'
import type { Command } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { Doc } from 'yjs'
import type { XmlFragment } from 'yjs'
import { SheafError } from '../errors.ts'
import { Announcer } from './messages/announcer.ts'
import { compositionPausePlugin } from './composition-pause.ts'
import { COMMANDS, isActive } from './commands/commands.ts'
import type { CommandName, EditorCommands } from './commands/commands.ts'
import { readContent } from './content/content.ts'
import type { ContentReading } from './content/content.ts'
import { htmlOf, selectedDocument } from './content/copy-as.ts'
import { chainOf, possibleChain } from './commands/editor-chain.ts'
import type { EditorChain, PossibleCommands, RunCommand } from './commands/editor-chain.ts'
import type { Editor } from './editor.ts'
import type { EditorDocument } from './editor-document.ts'
import type { EditorOptions } from './editor-options.ts'
import { editorPlugins } from './editor-plugins.ts'
import type { PartOpeners } from './editor-plugins.ts'
import { sameSnapshot, snapshotOf } from './editor-snapshot.ts'
import type { EditorSnapshot, EditorStatus } from './editor-snapshot.ts'
import { oncePerFrame } from './loading/frame.ts'
import { ACCEPTED_IMAGES } from './images/image-files.ts'
import { MessageBar } from './messages/messages.ts'
import type { Tell } from './messages/messages.ts'
import { Notice } from './messages/notice.ts'
import { presenceCaretsPlugin } from './presence/presence-carets.ts'
import { remoteNewsPlugin } from './presence/remote-news.ts'
import type { RemoteNewsPlugin } from './presence/remote-news.ts'
import { sheafSchema } from './content/schema.ts'
import { syncPlugin } from './sharing/sync.ts'
import { undoPlugin } from './sharing/undo.ts'
import { schemaWithUnknown } from './content/unknown-content.ts'
import { wordCountOf } from './content/word-count.ts'
import type { WordCount } from './content/word-count.ts'
import { wordsOf } from './words.ts'
import type { EditorWords } from './words.ts'

class DocumentEditor implements Editor {
  readonly view: EditorView
  readonly commands = this.#commandTable((command) => command(this.view.state, this.view.dispatch, this.view))
  readonly #possible: PossibleCommands = {
    ...this.#commandTable((command) => command(this.view.state)),
    chain: () => possibleChain(this, (run) => this.#commandTable(run)),
  }
  readonly words: EditorWords
  readonly #options: EditorOptions
  readonly #document: EditorDocument
  readonly #schema: Schema
  readonly #fragment: XmlFragment
  readonly #root = globalThis.document.createElement('div')
  readonly #listeners = new Set<() => void>()
  readonly #unsubscribe: () => void
  readonly #showing = oncePerFrame(() => this.#show())
  readonly #messages: MessageBar
  readonly #notice: Notice
  readonly #news: RemoteNewsPlugin
  #open: PartOpeners | null = null
  #status: EditorStatus = 'loading'
  #bound = false
  #wanted: boolean
  #editable = false
  #snapshot: EditorSnapshot
  #destroyed = false

  constructor(element: Element, options: EditorOptions) {
    this.#options = options
    this.words = wordsOf(options.words)
    this.#document = options.document
    this.#schema = options.schema ?? sheafSchema
    this.#wanted = options.editable ?? true
    this.#fragment = options.document.ydoc.getXmlFragment(CONTENT_ROOT)
    this.#root.className = 'sheaf-editor'
    element.append(this.#root)
    const empty = EditorState.create({ schema: this.#schema })
    this.view = new EditorView(this.#root, {
      state: empty,
      editable: () => this.#editable,
      attributes: () => ({
        class: 'sheaf-content',
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': options.ariaLabel ?? this.words.document,
        'aria-readonly': String(!this.#editable),
        'aria-busy': String(this.#status === 'loading'),
      }),
    })
    const announcer = new Announcer(this.#root)
    this.#messages = new MessageBar(this.#root, announcer, this.words)
    this.#notice = new Notice(this.#root, announcer)
    this.#news = remoteNewsPlugin(options.document.awareness, this.words, (line) => announcer.say(line))
    this.setAnnouncing(options.announce ?? false)
    this.#snapshot = snapshotOf(empty, 'loading', false)
    this.#fragment.observeDeep(this.#onContentChange)
    this.#document.undoManager.on('stack-cleared', this.#refresh)
    this.#document.undoManager.on('stack-item-added', this.#refresh)
    this.#document.undoManager.on('stack-item-popped', this.#refresh)
    this.#unsubscribe = options.document.subscribe(this.#onDocumentChange)
    this.#onDocumentChange()
  }

  can(): PossibleCommands {
    return this.#possible
  }

  chain(): EditorChain {
    return chainOf(this.commands, () => this.focus())
  }

  isActive(name: string, attrs?: Attrs): boolean {
    return isActive(this.view.state, name, attrs)
  }

  getJSON(): unknown {
    return this.view.state.doc.toJSON()
  }

  getHTML(): string {
    return htmlOf(this.view.state.doc)
  }

  async getMarkdown(): Promise<string> {
    const { markdownOf } = await import('./content/markdown.ts')
    return markdownOf(this.view.state.doc)
  }

  async copyAs(format: 'html' | 'markdown'): Promise<boolean> {
    const selected = selectedDocument(this.view.state)
    try {
      const text = format === 'html' ? htmlOf(selected) : (await import('./content/markdown.ts')).markdownOf(selected)
      await navigator.clipboard.writeText(text)
    } catch {
      // Browsers refuse it without a press of a key or a button, and without a secure connection.
      this.#tell({ code: 'copy-failed', text: this.words.copyFailed })
      return false
    }
    this.#tell({ code: 'copied', text: format === 'html' ? this.words.copiedAsHtml : this.words.copiedAsMarkdown })
    return true
  }

  wordCount(): WordCount {
    return wordCountOf(this.view.state.doc)
  }

  get takesImages(): boolean {
    return this.#options.uploadImage !== undefined && this.#schema.nodes['image'] !== undefined
  }

  addImages(files: readonly File[]): void {
    if (this.#editable) this.#open?.addImages(files)
  }

  chooseImages(): boolean {
    if (!this.takesImages || !this.#editable) return false
    const input = globalThis.document.createElement('input')
    input.type = 'file'
    input.accept = ACCEPTED_IMAGES
    input.multiple = true
    input.addEventListener('change', () => this.addImages([...(input.files ?? [])]))
    input.click()
    return true
  }

  editLink(): boolean {
    return this.#open?.editLink() ?? false
  }

  openFind(): void {
    this.#open?.find()
  }

  openHelp(): void {
    this.#open?.help()
  }

  getSnapshot(): EditorSnapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setEditable(editable: boolean): void {
    this.#wanted = editable
    if (!this.#destroyed) this.#onDocumentChange()
  }

  setAnnouncing(on: boolean): void {
    this.#news.set(on)
  }

  focus(): void {
    if (!this.#destroyed) this.view.focus()
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#unsubscribe()
    this.#showing.cancel()
    this.#fragment.unobserveDeep(this.#onContentChange)
    this.#document.undoManager.off('stack-cleared', this.#refresh)
    this.#document.undoManager.off('stack-item-added', this.#refresh)
    this.#document.undoManager.off('stack-item-popped', this.#refresh)
    this.#listeners.clear()
    this.view.destroy()
    this.#root.remove()
  }

  /** Whether this session may change the shared content at all, apart from what the application wants to show. */
  #mayWrite(): boolean {
    const { loaded, editable } = this.#document.getSnapshot()
    return loaded && editable
  }

  #commandTable(run: RunCommand): EditorCommands {
    const entries = (Object.keys(COMMANDS) as CommandName[]).map((name) => {
      const make = COMMANDS[name] as (schema: Schema, ...args: unknown[]) => Command
      return [
        name,
        (...args: unknown[]) => this.#bound && this.#mayWrite() && run(make(this.#schema, ...args), name),
      ] as const
    })
    return Object.fromEntries(entries) as unknown as EditorCommands
  }

  readonly #tell: Tell = (message) => {
    if (this.#options.onMessage !== undefined) return this.#options.onMessage(message)
    const isSaidByThePage = message.code === 'read-only' && this.#options.parts?.readOnlyMessage === false
    if (!isSaidByThePage) this.#messages.show(message)
  }

  readonly #onDocumentChange = (): void => {
    if (!this.#bound) this.#show()
    this.#showNotice()
    const editable = this.#isEditable()
    if (editable === this.#editable) return
    if (!editable) this.#endWriting()
    this.#editable = editable
    this.view.setProps({})
    this.#refresh()
  }

  /** While the view is bound, the binding draws what changes; otherwise it is read anew. */
  readonly #onContentChange = (): void => {
    if (!this.#bound) this.#showing.request()
  }

  readonly #refresh = (): void => {
    const snapshot = snapshotOf(this.view.state, this.#status, this.#editable)
    if (sameSnapshot(snapshot, this.#snapshot)) return
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }

  /**
   * The right to write went away while somebody was writing: says so, and ends a composition that the input method has open. The view
   * would hear no more of it, and show for ever what was composed instead of what the document holds.
   */
  #endWriting(): void {
    if (this.view.composing) {
      this.view.dom.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))
      // A node view that was not there before makes the view draw everything anew; nothing is ever drawn by this one.
      const dom = globalThis.document.createElement('span')
      this.view.setProps({ nodeViews: { 'sheaf-composition': () => ({ dom }) } })
    }
    if (this.#wanted && this.view.hasFocus()) this.#tell({ code: 'read-only', text: this.words.readOnly })
  }

  #isEditable(): boolean {
    return this.#wanted && this.#bound && this.#mayWrite()
  }

  /** Reads the content and binds it to the view, or shows it unbound where binding would change it. */
  #show(): void {
    if (this.#destroyed || !this.#document.getSnapshot().loaded) return
    const reading = readContent(this.#fragment, this.#schema)
    this.#status = reading.foreign.length > 0 ? 'foreign' : 'ready'
    this.#bound = reading.foreign.length === 0 && (reading.leftOut === 0 || this.#mayWrite())
    this.#editable = this.#isEditable()
    this.#showNotice()
    const shown =
      this.#status === 'foreign' ? readContent(this.#fragment, schemaWithUnknown(this.#schema, this.words)) : reading
    this.view.updateState(EditorState.create({ doc: shown.doc, plugins: this.#plugins(shown) }))
    this.#refresh()
    this.#options.onChange?.(this)
  }

  #showNotice(): void {
    const { error } = this.#document.getSnapshot()
    const { foreignMessage = this.words.foreign } = this.#options
    if (this.#status === 'foreign') this.#notice.show(foreignMessage)
    else this.#notice.show(error?.code === 'schema-mismatch' ? this.words.otherSchema : null)
  }

  #plugins({ mapping }: ContentReading): Plugin[] {
    this.#open = null
    if (!this.#bound) return []
    const { plugins, open } = editorPlugins({
      schema: this.#schema,
      parts: this.#options.parts ?? {},
      placeholder: this.#options.placeholder,
      uploadImage: this.#options.uploadImage,
      maxImageBytes: this.#options.maxImageBytes,
      tell: this.#tell,
      words: this.words,
      editor: () => this,
    })
    this.#open = open
    const sync = syncPlugin(this.#fragment, {
      mapping,
      mayWrite: () => this.#mayWrite(),
      isOwn: (clientId) => this.#document.isOwn?.(clientId) === true,
      onForeign: () => this.#show(),
    })
    return [
      ...(this.#options.plugins ?? []),
      sync,
      undoPlugin(this.#document.undoManager),
      compositionPausePlugin(this.#document),
      presenceCaretsPlugin(this.#document.awareness, this.words),
      this.#news.plugin,
      ...plugins,
      this.#observer(),
    ]
  }

  /** Last of the plugins, so that it sees what all the others made of an update. */
  #observer(): Plugin {
    return new Plugin({
      view: () => ({
        update: (view: EditorView, previous: { readonly doc: Node }) => {
          this.#refresh()
          if (view.state.doc !== previous.doc) this.#options.onChange?.(this)
        },
      }),
    })
  }
}

/**
 * Puts an editor for a document into an element. It shows the document as soon as there is something to show, and may be
 * written to as long as the role allows it and no edit was refused.
 *
 * @throws {SheafError} `duplicate-yjs` when the document was made with another copy of yjs
 */
export function createEditor(element: Element, options: EditorOptions): Editor {
  if (!(options.document.ydoc instanceof Doc)) throw new SheafError('duplicate-yjs')
  return new DocumentEditor(element, options)
}
