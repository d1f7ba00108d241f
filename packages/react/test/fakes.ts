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
  readonly #versions: readonly Version[]

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

  versions(): DocumentVersions {
    const unused = () => Promise.reject(new SheafError('unavailable'))
    return {
      list: async () => ({ items: this.#versions, nextCursor: null }),
      create: unused,
      rename: unused,
      getContent: unused,
      restore: unused,
    }
  }

  get asClient(): SheafClient {
    return this as unknown as SheafClient
  }
}
