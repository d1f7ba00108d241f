import { SheafError } from '@sheaf/client-sdk'
import type { DocumentSnapshot, DocumentVersions, SheafClient, SheafDocument, Version } from '@sheaf/client-sdk'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'

const loadedSnapshot: DocumentSnapshot = {
  connection: 'connected',
  saveState: 'saved',
  unsavedChanges: 0,
  role: 'editor',
  loaded: true,
  editable: true,
  recovered: 0,
  device: 'keeps-edits',
  error: null,
}

/** An open document whose status the test decides. */
export class FakeDocument {
  readonly id: string
  readonly ydoc = new Y.Doc()
  readonly awareness = new Awareness(this.ydoc)
  readonly undoManager = new Y.UndoManager(this.ydoc.getXmlFragment('content'))
  readonly listeners = new Set<() => void>()
  readonly onClose: () => void
  snapshot: DocumentSnapshot = loadedSnapshot

  constructor(id: string, onClose: () => void = () => undefined) {
    this.id = id
    this.onClose = onClose
  }

  getSnapshot(): DocumentSnapshot {
    return this.snapshot
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  change(change: Partial<DocumentSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change }
    for (const listener of this.listeners) listener()
  }

  /** Has something to show from now on. */
  load(): void {
    this.change({ loaded: true })
  }

  /** Will never have anything to show. */
  fail(error: SheafError): void {
    this.change({ connection: 'closed', error })
  }

  whenDurable(): Promise<void> {
    return Promise.resolve()
  }

  exportUnsaved(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array([1, 2, 3]))
  }

  async whenLoaded(): Promise<void> {
    while (!this.snapshot.loaded) {
      if (this.snapshot.error !== null) throw this.snapshot.error
      await new Promise<void>((resolve) => {
        const end = this.subscribe(() => {
          end()
          resolve()
        })
      })
    }
  }

  close(): Promise<void> {
    this.onClose()
    return Promise.resolve()
  }

  get asDocument(): SheafDocument {
    return this as unknown as SheafDocument
  }
}

/** A client that counts its sessions: a document has one from the first `open` until every one was met by a `close`. */
export class FakeClient {
  readonly documents = new Map<string, { document: FakeDocument; holders: number }>()
  /** How many sessions were ever started. */
  sessions = 0
  /** Whether documents are opened without anything to show yet. */
  loading = false
  #versions: readonly Version[]

  constructor(versions: readonly Version[] = []) {
    this.#versions = versions
  }

  open(id: string): FakeDocument {
    const known = this.documents.get(id)
    if (known !== undefined) {
      known.holders += 1
      return known.document
    }
    this.sessions += 1
    const document = new FakeDocument(id, () => this.#release(id))
    if (this.loading) document.change({ loaded: false })
    this.documents.set(id, { document, holders: 1 })
    return document
  }

  /** As the real one does it: a close that is taken back in the same moment is none. */
  #release(id: string): void {
    const entry = this.documents.get(id)
    if (entry === undefined) throw new Error('closed more often than opened')
    entry.holders -= 1
    queueMicrotask(() => {
      if (entry.holders === 0) this.documents.delete(id)
    })
  }

  /** What was asked of the history, in words. */
  readonly asked: string[] = []
  /** Whether the next thing that is asked of the history fails. */
  versionsFail = false

  versions(): DocumentVersions {
    const ask = (words: string): void => {
      this.asked.push(words)
      if (this.versionsFail) throw new SheafError('unavailable')
    }
    return {
      list: async () => {
        ask('list')
        return { items: this.#versions, nextCursor: null }
      },
      create: async (name) => {
        ask(`create ${name}`)
        const version: Version = {
          id: name,
          seq: 9,
          kind: 'named',
          name,
          authors: [],
          createdAt: '2026-02-02T00:00:00.000Z',
        }
        this.#versions = [version, ...this.#versions]
        return version
      },
      rename: async (id, name) => {
        ask(`rename ${id} ${name}`)
        this.#versions = this.#versions.map((version) => (version.id === id ? { ...version, name } : version))
        return this.#versions.find((version) => version.id === id)!
      },
      getContent: async (id) => {
        ask(`read ${id}`)
        return { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: `Words of ${id}` }] }] }
      },
      restore: async (id) => {
        ask(`restore ${id}`)
        return { seq: 10 }
      },
    }
  }

  get asClient(): SheafClient {
    return this as unknown as SheafClient
  }
}
