import type { BatchingNumbers } from '../batcher.ts'
import { createSheafClient } from '../client.ts'
import type { SheafClient } from '../client.ts'
import type { SheafDocument } from '../document.ts'
import type { Locks, Random, Runtime } from '../runtime.ts'
import type { Checker } from './checker.ts'
import type { WatchedEdit } from './watched-edits.ts'
import type { FakeClock } from './fake-clock.ts'
import type { FaultyNetwork } from './faulty-network.ts'
import type { JournalWitness } from './journal-witness.ts'
import { fakePage, seededRandom } from './runtime.ts'
import type { FakePage } from './runtime.ts'
import { tokenOf } from './server-people.ts'

/** A device that has not stored an edit by then is taken for one that never will. */
const STORED_AFTER_MS = 100

/** What outlives the tabs of a person. */
export interface TestDevice {
  readonly journals: JournalWitness
  readonly locks: Locks
}

/** What the people of a world have in common. */
export interface Surroundings {
  readonly clock: FakeClock
  readonly random: Random
  readonly checker: Checker
  readonly batching: Partial<BatchingNumbers> | 'immediate'
  readonly schemaId: string
  readonly inflate: Runtime['inflate']
  readonly note: (what: string) => void
  /** Makes a person with a tab of its own: on this device, or on a new one. */
  readonly openTab: (person: TestPerson, device: TestDevice | null) => TestPerson
}

/** One life of a tab: from its opening to its end, of whatever kind. */
interface TabLife {
  readonly client: SheafClient
  readonly documents: Map<string, SheafDocument>
  readonly endings: (() => void)[]
  isOver: boolean
}

/** Somebody with a tab, in which the real client runs. Everything goes on as in a browser, until the test says otherwise. */
export class TestPerson {
  /** What the server knows the person by. */
  readonly id: string
  /** What reports call this tab: the name, and `Ada #2` for a second tab. */
  readonly name: string
  /** What the page tells the client: focus, visibility, network. */
  readonly page: FakePage = fakePage()
  /** The network between this tab and the server. */
  readonly network: FaultyNetwork
  readonly #device: TestDevice
  readonly #around: Surroundings
  /** What the test itself has opened, beside the components of an application. */
  readonly #held = new Map<string, SheafDocument>()
  /** How many edits had been made in the world when a document was opened. */
  readonly #firstEdits = new WeakMap<SheafDocument, number>()
  #life: TabLife
  #renewals = 0

  constructor(id: string, name: string, device: TestDevice, network: FaultyNetwork, around: Surroundings) {
    this.id = id
    this.name = name
    this.network = network
    this.#device = device
    this.#around = around
    this.#life = this.#begin()
  }

  /** The client of this tab, for a provider. Another one after `reopen`. */
  get client(): SheafClient {
    return this.#life.client
  }

  /** True from `crash` to `reopen`. */
  get isGone(): boolean {
    return this.#life.isOver
  }

  /** The documents that are open in this tab. */
  get documents(): readonly SheafDocument[] {
    return [...this.#life.documents.values()]
  }

  /** What another tab of the same device shares. */
  get device(): TestDevice {
    return this.#device
  }

  /** Opens a document for the test; once it did, the same one is given again. */
  open(documentId: string): SheafDocument {
    if (this.isGone) throw new Error(`the tab of ${this.name} is gone: reopen() it first`)
    const known = this.#held.get(documentId)
    if (known !== undefined && this.documents.includes(known)) return known
    const document = this.client.open(documentId)
    this.#held.set(documentId, document)
    return document
  }

  /** The tab dies from one moment to the next: nothing more is sent or stored, and its locks are free. */
  crash(): void {
    if (this.isGone) return
    this.#around.note(`the tab of ${this.name} crashes`)
    this.#expectKept()
    this.#life.isOver = true
    for (const end of this.#life.endings) end()
    this.network.cut()
  }

  /** The tab comes back on the same device, with the documents that were open in it. Returns them. */
  reopen(): readonly SheafDocument[] {
    this.crash()
    const ids = [...this.#life.documents.keys()]
    this.#around.note(`the tab of ${this.name} comes back`)
    this.#life = this.#begin()
    return ids.map((documentId) => this.open(documentId))
  }

  /** Another tab of the same person on the same device: it shares the journal. */
  openTab(): TestPerson {
    return this.#around.openTab(this, this.#device)
  }

  /** The same person on another device. */
  onAnotherDevice(): TestPerson {
    return this.#around.openTab(this, null)
  }

  /** The device loses its network, and says so. */
  goOffline(): void {
    this.#around.note(`${this.name} is offline`)
    this.page.online = false
    this.network.cut()
    this.page.signal('offline')
  }

  goOnline(): void {
    this.#around.note(`${this.name} is online`)
    this.page.signal('online')
  }

  /** Whoever is told nothing else relies on the device to have what was typed a while ago. */
  #expectKept(): void {
    const { checker, clock } = this.#around
    const isKept = (edit: WatchedEdit, index: number): boolean => {
      const document = this.#life.documents.get(edit.documentId)
      if (document === undefined || document.getSnapshot().device !== 'keeps-edits') return false
      const isOfThisLife = edit.writer === this.name && index >= (this.#firstEdits.get(document) ?? 0)
      return isOfThisLife && edit.at + STORED_AFTER_MS <= clock.now()
    }
    for (const edit of checker.edits.filter(isKept)) this.#device.journals.expect(edit.documentId, edit)
  }

  #begin(): TabLife {
    const documents = new Map<string, SheafDocument>()
    const endings: (() => void)[] = []
    const end = { isOver: false }
    const client = this.#createClient(() => end.isOver, endings)
    const follow = (document: SheafDocument): SheafDocument => {
      if (documents.get(document.id) !== document) this.#follow(document, documents, endings)
      return document
    }
    return Object.assign(end, {
      client: { ...client, open: (documentId: string) => follow(client.open(documentId)) },
      documents,
      endings,
    })
  }

  /** Whoever opened it, the test or a component: it is judged, and waited for. */
  #follow(document: SheafDocument, documents: Map<string, SheafDocument>, endings: (() => void)[]): void {
    const { checker, random, note } = this.#around
    note(`${this.name} opens ${document.id}`)
    // Yjs draws it from elsewhere, and it decides the order of what is inserted at one place at once.
    document.ydoc.clientID = Math.floor(random.fraction() * 2 ** 32)
    documents.set(document.id, document)
    this.#firstEdits.set(document, checker.edits.length)
    endings.push(checker.watch(document, this.name))
    document.ydoc.once('destroy', () => {
      if (documents.get(document.id) === document) documents.delete(document.id)
    })
  }

  #createClient(isOver: () => boolean, endings: (() => void)[]): SheafClient {
    const { batching, schemaId } = this.#around
    return createSheafClient({
      url: 'http://sheaf.test',
      token: ({ reason }) => {
        if (reason === 'refused') this.#renewals += 1
        return tokenOf(this.id, this.#renewals)
      },
      deviceStore: this.#device.journals.seenBy(isOver),
      runtime: this.#runtime(isOver, endings),
      batching,
      schemaId,
    })
  }

  #runtime(isOver: () => boolean, endings: (() => void)[]): Runtime {
    const { clock, random, inflate } = this.#around
    const alive = (callback: () => void) => (): void => {
      if (!isOver()) callback()
    }
    return {
      clock: {
        now: clock.now,
        after: (ms, callback) => clock.after(ms, alive(callback)),
        microtask: (callback) => clock.microtask(alive(callback)),
        frame: (callback) => clock.frame(alive(callback)),
      },
      random: seededRandom(Math.floor(random.fraction() * 2 ** 32)),
      page: {
        exists: true,
        isOnline: () => this.page.online,
        subscribe: (listener) => {
          const end = this.page.subscribe(listener)
          endings.push(end)
          return end
        },
      },
      locks: locksUntil(this.#device.locks, endings),
      inflate,
      webSocket: this.network.webSocket,
    }
  }
}

/** Locks that are free when their tab ends. */
function locksUntil(locks: Locks, endings: (() => void)[]): Locks {
  return {
    tryAcquire: async (name) => {
      const lock = await locks.tryAcquire(name)
      if (lock !== null) endings.push(() => lock.release())
      return lock
    },
  }
}
