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
const loadingSnapshot: DocumentSnapshot = { ...loadedSnapshot, connection: 'connecting', role: null, loaded: false }

interface OutboxObserver {
  changed(): void
  durable(operations: readonly unknown[], lastSeq: number): void
}

/** Operations on their way, as the test tells of them. */
class FakeOutbox {
  readonly observers = new Set<OutboxObserver>()
  operations: readonly { counter: number; edits: number; update: Uint8Array }[] = []
  sent = 0
  received = 0
  journaled = 0
  refusal: { counter: number } | null = null
  readonly queued = { items: () => [] }

  observe(observer: OutboxObserver): () => void {
    this.observers.add(observer)
    return () => this.observers.delete(observer)
  }

  /** One operation with this many edits, on the device. */
  make(counter: number, edits: number): void {
    this.operations = [...this.operations, { counter, edits, update: new Uint8Array(40) }]
    this.journaled = counter
    this.#tell()
  }

  advance(steps: { sent?: number; received?: number; refusal?: { counter: number } }): void {
    Object.assign(this, steps)
    this.#tell()
  }

  commit(counter: number, seq: number): void {
    const done = this.operations.filter((operation) => operation.counter <= counter)
    this.operations = this.operations.filter((operation) => operation.counter > counter)
    for (const observer of this.observers) observer.durable(done, seq)
    this.#tell()
  }

  #tell(): void {
    for (const observer of this.observers) observer.changed()
  }
}

/** An open document whose status the test decides. */
export class FakeDocument {
  readonly id: string
  readonly ydoc = new Y.Doc()
  readonly awareness = new Awareness(this.ydoc)
  readonly undoManager = new Y.UndoManager(this.ydoc.getXmlFragment('content'))
  readonly listeners = new Set<() => void>()
  readonly onClose: () => void
  readonly outbox = new FakeOutbox()
  snapshot: DocumentSnapshot
  readonly #loading = new Set<{ resolve: () => void; reject: (error: SheafError) => void }>()

  constructor(id: string, onClose: () => void = () => undefined, loaded = true) {
    this.id = id
    this.onClose = onClose
    this.snapshot = loaded ? loadedSnapshot : loadingSnapshot
  }

  get outboxSource() {
    const { outbox } = this
    const source = { outbox, isStored: true, observe: outbox.observe.bind(outbox) }
    return { source, clock: { now: () => Date.parse('2026-03-02T08:05:09.000Z'), microtask: queueMicrotask } }
  }

  whenLoaded(): Promise<void> {
    if (this.snapshot.loaded) return Promise.resolve()
    return new Promise((resolve, reject) => this.#loading.add({ resolve, reject }))
  }

  whenDurable(): Promise<void> {
    return Promise.resolve()
  }

  exportUnsaved(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array([1, 2, 3]))
  }

  load(): void {
    this.change(loadedSnapshot)
    for (const { resolve } of this.#loading) resolve()
  }

  fail(error: SheafError): void {
    this.change({ connection: 'closed', error })
    for (const { reject } of this.#loading) reject(error)
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

/** Versions that can be listed and nothing else. */
function versionsOf(items: readonly Version[]): DocumentVersions {
  const unused = () => Promise.reject(new SheafError('unavailable'))
  return {
    list: async () => ({ items, nextCursor: null }),
    create: unused,
    rename: unused,
    getContent: unused,
    restore: unused,
  }
}

/** A client that counts its sessions: a document has one from the first `open` until every one was met by a `close`. */
export class FakeClient {
  readonly documents = new Map<string, { document: FakeDocument; holders: number }>()
  /** How many sessions were ever started. */
  sessions = 0
  /** False: documents load when the test says so. */
  loadsAtOnce = true
  history: DocumentVersions

  constructor(versions: readonly Version[] = []) {
    this.history = versionsOf(versions)
  }

  document(id: string): FakeDocument {
    const entry = this.documents.get(id)
    if (entry === undefined) throw new Error(`${id} is not open`)
    return entry.document
  }

  open(id: string): FakeDocument {
    const known = this.documents.get(id)
    if (known !== undefined) {
      known.holders += 1
      return known.document
    }
    this.sessions += 1
    const document = new FakeDocument(id, () => this.#release(id), this.loadsAtOnce)
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
    return this.history
  }

  get asClient(): SheafClient {
    return this as unknown as SheafClient
  }
}
