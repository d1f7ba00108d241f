import { inflateRawSync } from 'node:zlib'
import { createSheafClient } from '@sheaf/client-sdk'
import type {
  DeviceStore,
  JournalChange,
  Locks,
  PageSignal,
  Runtime,
  SheafClient,
  SheafClientOptions,
  SheafDocument,
} from '@sheaf/client-sdk'
import { CONTENT_ROOT } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { Chance } from './chance.ts'
import type { HistoryEvent } from './history.ts'
import { markerOf, markersIn, markersWritten, textOf } from './marker.ts'
import type { Marker } from './marker.ts'
import { mortal } from './mortal.ts'
import type { Network } from './network.ts'
import { Life } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What outlives the tabs of one person: the device, with its store and its network. */
export interface Device {
  readonly name: string
  readonly user: string
  readonly store: DeviceStore
  readonly held: Set<string>
  online: boolean
}

export interface TabWorld {
  readonly time: VirtualTime
  readonly chance: Chance
  readonly network: Network
  readonly documentId: string
  readonly note: (event: HistoryEvent) => void
}

/** Web Locks of one device: what a tab holds is free when the tab is gone. */
function locksOf({ held }: Device, life: Life): Locks {
  return {
    tryAcquire: async (name) => {
      if (life.ended || held.has(name)) return null
      held.add(name)
      let released = false
      // Given back once: by the end of this life the lock may be somebody else's.
      const release = (): void => {
        if (!released) held.delete(name)
        released = true
      }
      life.onEnd(release)
      return { release }
    },
  }
}

/** The real client core in a tab of its own, with somebody who types in it. */
export class SimulatedTab {
  readonly name: string
  readonly device: Device
  readonly document: SheafDocument
  readonly life = new Life()
  readonly #world: TabWorld
  readonly #client: SheafClient
  readonly #written: Marker[] = []
  readonly #erased: Marker[] = []
  readonly #signals = new Set<(signal: PageSignal) => void>()

  constructor(world: TabWorld, device: Device, name: string, batching: NonNullable<SheafClientOptions['batching']>) {
    this.#world = world
    this.name = name
    this.device = device
    this.#client = createSheafClient({
      url: 'http://sheaf.test',
      token: device.user,
      batching,
      deviceStore: this.#storeAsSeen(),
      runtime: this.#runtime(),
    })
    this.document = this.#client.open(world.documentId)
    // Yjs draws it from elsewhere, and it decides the order of what is inserted at one place at once.
    this.document.ydoc.clientID = world.chance.integer(1, 2 ** 32 - 1)
    this.document.subscribe(() => this.#look())
    this.document.ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
      if (!local) return
      for (const marker of markersWritten([update])) {
        this.#written.push(marker)
        world.note({ kind: 'written', tab: name, user: device.user, marker, at: world.time.now() })
      }
    })
  }

  get online(): boolean {
    return this.device.online
  }

  /** The page is told; what it had connected breaks without a word. */
  setOnline(online: boolean): void {
    this.device.online = online
    if (!online) this.#world.network.cutAllOf(this.name)
    for (const tell of this.#signals) tell(online ? 'online' : 'offline')
  }

  /** One edit of the person: mostly a marker somewhere, sometimes a paragraph, a format, a deletion. */
  edit(): void {
    if (!this.document.getSnapshot().editable) return
    const { chance } = this.#world
    const content = this.document.ydoc.getXmlFragment(CONTENT_ROOT)
    const texts = content.toArray().flatMap((node) => (node instanceof Y.XmlElement ? node.toArray() : []))
    const text = texts.length > 0 ? chance.pick(texts) : null
    const marker = markerOf(this.name, this.#written.length + 1)
    if (!(text instanceof Y.XmlText) || chance.happens(0.08)) return this.#addParagraph(content, marker)
    const present = markersIn(textOf(text))
    if (present.length > 0 && chance.happens(0.15)) return this.#erase(text, chance.pick(present))
    if (present.length > 0 && chance.happens(0.08)) return this.#emphasise(text, chance.pick(present))
    this.document.ydoc.transact(() => text.insert(this.#boundary(textOf(text)), marker))
  }

  /** Like closing the lid, or a crash: nothing more is done, sent or stored. */
  crash(): void {
    this.life.end()
  }

  /** What the device would hand out if somebody asked for the edits that are not saved. */
  async unsaved(): Promise<readonly Marker[]> {
    return markersWritten([await this.document.exportUnsaved()])
  }

  #addParagraph(content: Y.XmlFragment, marker: Marker): void {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(marker)])
    this.document.ydoc.transact(() => content.insert(this.#world.chance.integer(0, content.length), [paragraph]))
  }

  #erase(text: Y.XmlText, marker: Marker): void {
    const at = textOf(text).indexOf(marker)
    this.#erased.push(marker)
    this.#world.note({ kind: 'erased', tab: this.name, marker, at: this.#world.time.now() })
    this.document.ydoc.transact(() => text.delete(at, marker.length))
  }

  #emphasise(text: Y.XmlText, marker: Marker): void {
    this.document.ydoc.transact(() => text.format(textOf(text).indexOf(marker), marker.length, { strong: {} }))
  }

  /** A place between two markers: one that is split in two could not be found again. */
  #boundary(text: string): number {
    const ends = [...text.matchAll(/\]/g)].map(({ index }) => index + 1)
    return this.#world.chance.pick([0, ...ends, text.length].filter((at) => !inMarker(text, at)))
  }

  #look(): void {
    if (this.life.ended || this.document.getSnapshot().saveState !== 'saved') return
    const { note, time } = this.#world
    note({ kind: 'saved', tab: this.name, markers: [...this.#written], erased: [...this.#erased], at: time.now() })
  }

  #runtime(): Runtime {
    const { time, chance, network } = this.#world
    return {
      clock: {
        now: () => time.now(),
        after: (ms, call) => ({ cancel: time.afterIn(this.life, ms, call) }),
        microtask: (call) =>
          queueMicrotask(() => {
            if (!this.life.ended) call()
          }),
        frame: (call) => void time.afterIn(this.life, chance.between(0, 16), call),
      },
      random: chance,
      page: {
        exists: true,
        isOnline: () => this.device.online,
        subscribe: (listener) => {
          this.#signals.add(listener)
          return () => void this.#signals.delete(listener)
        },
      },
      locks: locksOf(this.device, this.life),
      inflate: async (bytes) => inflateRawSync(bytes),
      webSocket: network.socketsOf(this.name, this.life, () => this.device.online),
    }
  }

  #storeAsSeen(): DeviceStore {
    const { time, chance, note } = this.#world
    const { store, name, user } = this.device
    const noting: DeviceStore = {
      ...store,
      write: async (documentId, replicaId, changes) => {
        await store.write(documentId, replicaId, changes)
        const markers = markersWritten(changes.flatMap(updatesOf))
        if (markers.length > 0) note({ kind: 'journaled', device: name, user, markers, at: time.now() })
      },
    }
    return mortal(noting, this.life, { time, before: () => chance.between(0, 3), after: () => chance.between(0, 3) })
  }
}

const updatesOf = (change: JournalChange): readonly Uint8Array[] => (change.kind === 'update' ? [change.update] : [])

const inMarker = (text: string, at: number): boolean => text.lastIndexOf('[', at - 1) > text.lastIndexOf(']', at - 1)
