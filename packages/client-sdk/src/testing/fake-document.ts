import { CONTENT_ROOT, encodePresenceEntries } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { SheafDocument } from '../document.ts'
import { SheafError } from '../errors.ts'
import { Presence } from '../presence.ts'
import { systemRuntime } from '../runtime.ts'
import type { Clock } from '../runtime.ts'
import type { DocumentSnapshot } from '../status.ts'
import { FakeOutbox } from './fake-outbox.ts'
import type { FakeOperation } from './fake-outbox.ts'
import { restated, snapshotFrom } from './fake-snapshot.ts'
import type { Stated } from './fake-snapshot.ts'

/** What a fake document begins with. */
export interface FakeDocumentOptions extends Stated {
  /** `doc` unless told. */
  readonly id?: string
  /** Names of others who have it open. */
  readonly people?: readonly string[]
  /** A paragraph of text to begin with. */
  readonly text?: string
  /** Where the operations of this device are: `['durable', 'sent']`. */
  readonly outbox?: readonly FakeOperation[]
  /** Whose time is shown in what is on its way. The real one unless told. */
  readonly clock?: Clock
  /** Called each time somebody closes it. */
  readonly onClose?: () => void
  /** Called when it ends for everybody who has it open: what is unsaved was discarded. */
  readonly onEnd?: () => void
}

/** What a test can do with a document that is not real. */
export interface FakeDocumentControls {
  /** The document changes its state, and tells who listens. What is left out is made to fit. */
  change(change: Stated): void
  /** It has something to show from now on. */
  load(): void
  /** It is closed for good, with this error: somebody lost the right to it, or there is no such document. */
  fail(error: SheafError): void
  /** Somebody opens the document. */
  join(name: string): void
  /** Somebody is gone. */
  leave(name: string): void
  /** Where the operations of this device are by now, from the first one on. */
  setOutbox(operations: readonly FakeOperation[]): void
  /** How often it was closed. */
  readonly closed: number
  /** How many listen to its state. */
  readonly listeners: number
  /** How many listen to what is on its way. */
  readonly outboxListeners: number
}

/** An open document without client and server, whose state a test decides: to see each state of an interface. */
export type FakeDocument = SheafDocument & FakeDocumentControls

/** Has what a `SheafDocument` has in public, and nothing behind it. */
class Fake implements FakeDocumentControls {
  readonly id: string
  readonly ydoc = new Y.Doc()
  readonly undoManager: Y.UndoManager
  readonly #presence: Presence
  readonly #outbox = new FakeOutbox()
  readonly #listeners = new Set<() => void>()
  readonly #keys = new Map<string, number>()
  readonly #clock: Clock
  readonly #onClose: () => void
  readonly #onEnd: () => void
  #stated: Stated
  #snapshot: DocumentSnapshot
  #closed = 0
  #hasEnded = false

  constructor({ id = 'doc', people = [], text, outbox = [], clock, onClose, onEnd, ...stated }: FakeDocumentOptions) {
    this.id = id
    this.#stated = stated
    this.#snapshot = snapshotFrom(stated)
    this.#clock = clock ?? systemRuntime().clock
    this.#onClose = onClose ?? (() => undefined)
    this.#onEnd = onEnd ?? (() => undefined)
    if (text !== undefined) this.ydoc.getXmlFragment(CONTENT_ROOT).insert(0, [paragraphOf(text)])
    this.undoManager = new Y.UndoManager(this.ydoc.getXmlFragment(CONTENT_ROOT))
    this.#presence = new Presence({
      ydoc: this.ydoc,
      runtime: systemRuntime(),
      schedule: (work) => work(),
      send: () => false,
    })
    this.#presence.welcomed({ id: 'me', name: 'Me' }, 0)
    for (const name of people) this.join(name)
    this.#outbox.set(outbox)
  }

  get awareness() {
    return this.#presence.awareness
  }

  get outboxSource() {
    return { source: this.#outbox, clock: this.#clock }
  }

  get closed(): number {
    return this.#closed
  }

  get listeners(): number {
    return this.#listeners.size
  }

  get outboxListeners(): number {
    return this.#outbox.listeners
  }

  getSnapshot(): DocumentSnapshot {
    return this.#snapshot
  }

  subscribe(listener: () => void): () => void {
    // Of its own, so that the same function may be subscribed twice.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  change(change: Stated): void {
    this.#stated = restated(this.#stated, change)
    this.#snapshot = snapshotFrom(this.#stated)
    for (const listener of this.#listeners) listener()
  }

  load(): void {
    this.change({ loaded: true })
  }

  fail(error: SheafError): void {
    this.change({ connection: 'closed', error })
  }

  join(name: string): void {
    const key = this.#keys.get(name) ?? this.#keys.size + 1
    this.#keys.set(name, key)
    const user = { id: name.toLowerCase(), name }
    this.#presence.received(
      encodePresenceEntries([{ kind: 'full', key, clientId: key, user, cursor: null, data: null }]),
    )
  }

  leave(name: string): void {
    const key = this.#keys.get(name)
    if (key !== undefined) this.#presence.received(encodePresenceEntries([{ kind: 'left', key }]))
  }

  setOutbox(operations: readonly FakeOperation[]): void {
    this.#outbox.set(operations)
  }

  whenLoaded(): Promise<void> {
    return this.#when(({ loaded }) => loaded)
  }

  whenDurable(): Promise<void> {
    return this.#when(({ saveState }) => saveState === 'saved')
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  exportUnsaved(): Promise<Uint8Array> {
    return Promise.resolve(Y.encodeStateAsUpdateV2(this.ydoc))
  }

  discardUnsaved(): Promise<void> {
    this.change({ saveState: 'saved', connection: 'closed' })
    this.#hasEnded = true
    this.#onEnd()
    return Promise.resolve()
  }

  setPresenceData(data: unknown): void {
    this.#presence.setData(data)
  }

  close(): Promise<void> {
    this.#closed += 1
    if (!this.#hasEnded) this.#onClose()
    return Promise.resolve()
  }

  /** Resolves when the state is like that; rejects where it is closed or refused, and so never will be. */
  #when(isReached: (snapshot: DocumentSnapshot) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const { connection, saveState, error } = this.#snapshot
        if (isReached(this.#snapshot)) resolve()
        else if (connection === 'closed' || saveState === 'refused') reject(error ?? new SheafError('closed'))
        else return false
        return true
      }
      if (look()) return
      const end = this.subscribe(() => {
        if (look()) end()
      })
    })
  }
}

function paragraphOf(text: string): Y.XmlElement {
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText(text)])
  return paragraph
}

/**
 * A document for component tests: `fakeDocument({ saveState: 'unsaved', people: ['Bo'], role: 'viewer' })`. Its Y.Doc and
 * its undo are real, its state is what the test says, and nothing is sent anywhere.
 */
export function fakeDocument(options: FakeDocumentOptions = {}): FakeDocument {
  return new Fake(options) as unknown as FakeDocument
}
