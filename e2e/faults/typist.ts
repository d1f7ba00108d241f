import { createSheafClient, memoryDeviceStore, systemRuntime } from '@sheaf/client-sdk'
import type {
  PageSignal,
  Runtime,
  SheafClient,
  SheafClientOptions,
  SheafDocument,
  WebSocketConstructor,
} from '@sheaf/client-sdk'
import { faultyNetwork } from '@sheaf/client-sdk/testing'
import type { FaultyNetwork } from '@sheaf/client-sdk/testing'
import { CONTENT_ROOT, decodeClientFrame, decodeServerFrame } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { markerOf, markersWritten, plainText } from '../simulation/marker.ts'
import type { Marker } from '../simulation/marker.ts'
import type { SheafApi } from './sheaf-api.ts'

/** Tells the client that the network is back, as a browser would. */
class Page {
  readonly #listeners = new Set<(signal: PageSignal) => void>()

  readonly signals: Runtime['page'] = {
    exists: true,
    isOnline: () => true,
    subscribe: (listener) => {
      this.#listeners.add(listener)
      return () => void this.#listeners.delete(listener)
    },
  }

  tell(signal: PageSignal): void {
    for (const listener of this.#listeners) listener(signal)
  }
}

/** Somebody who writes markers through the real client, with a protocol of what the server said about them. */
export class Typist {
  readonly name: string
  readonly written = new Set<Marker>()
  /** The server said that they are committed. */
  readonly acknowledged = new Set<Marker>()
  /** Written by others and received from the server. */
  readonly seen = new Set<Marker>()
  readonly document: SheafDocument
  /** Between the client and the server; whole unless somebody breaks it. */
  readonly network: FaultyNetwork = faultyNetwork({ webSocket: this.#watchedSocket() })
  readonly #client: SheafClient
  readonly #page = new Page()
  /** Markers of each operation that was sent. */
  readonly #sent = new Map<number, readonly Marker[]>()
  #acknowledgedCounter = 0

  constructor(name: string, api: SheafApi, documentId: string, batching: NonNullable<SheafClientOptions['batching']>) {
    this.name = name
    this.#client = createSheafClient({
      url: api.origin,
      // The token that is there serves until the server wants another one.
      token: async ({ reason }) => (reason === 'connect' ? api.token : api.freshToken()),
      batching,
      deviceStore: memoryDeviceStore(),
      webSocket: this.network.webSocket,
      runtime: { ...systemRuntime(), page: this.#page.signals },
    })
    this.document = this.#client.open(documentId)
  }

  /** Writes the next marker at the end of the text. */
  type(): Marker {
    const marker = markerOf(this.name, this.written.size + 1)
    this.written.add(marker)
    const { ydoc } = this.document
    ydoc.transact(() => {
      const content = ydoc.getXmlFragment(CONTENT_ROOT)
      const last = content.length > 0 ? content.get(content.length - 1) : null
      const text = last instanceof Y.XmlElement && last.length > 0 ? last.get(0) : null
      if (text instanceof Y.XmlText && text.length < 2_000) return text.insert(text.length, marker)
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(marker)])
      content.insert(content.length, [paragraph])
    })
    return marker
  }

  /** The server can be reached again: the client need not wait for its next try. */
  networkIsBack(): void {
    this.#page.tell('online')
  }

  async connected(): Promise<void> {
    return this.when(() => this.document.getSnapshot().connection === 'connected')
  }

  /** Resolves when a change of the document's status makes the condition true. */
  async when(condition: () => boolean): Promise<void> {
    if (condition()) return
    return new Promise((resolve) => {
      const end = this.document.subscribe(() => {
        if (!condition()) return
        end()
        resolve()
      })
    })
  }

  /** Resolves when the document shows the marker. */
  async sees(marker: Marker): Promise<void> {
    const { ydoc } = this.document
    const shown = (): boolean => plainText(ydoc).includes(marker)
    if (shown()) return
    return new Promise((resolve) => {
      const look = (): void => {
        if (!shown()) return
        ydoc.off('afterTransaction', look)
        resolve()
      }
      ydoc.on('afterTransaction', look)
    })
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  #watchedSocket(): WebSocketConstructor {
    const says = (bytes: Uint8Array): void => this.#says(bytes)
    const hears = (bytes: Uint8Array): void => this.#hears(bytes)
    return class extends WebSocket {
      constructor(url: string) {
        super(url)
        this.on('message', (data: Buffer | ArrayBuffer) => hears(new Uint8Array(data as ArrayBuffer)))
      }

      override send(data: Uint8Array): void {
        says(data)
        super.send(data)
      }
    } as unknown as WebSocketConstructor
  }

  #says(bytes: Uint8Array): void {
    const frame = decodeClientFrame(bytes)
    if (frame.kind === 'operation') this.#sent.set(frame.counter, markersWritten([frame.update]))
  }

  #hears(bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes)
    if (frame.kind === 'operation') for (const marker of markersWritten([frame.update])) this.seen.add(marker)
    if (frame.kind === 'committed') this.#acknowledge(frame.counter)
    if (frame.kind === 'welcome') this.#acknowledge(frame.committedCounter)
  }

  #acknowledge(counter: number): void {
    for (; this.#acknowledgedCounter < counter; this.#acknowledgedCounter++)
      for (const marker of this.#sent.get(this.#acknowledgedCounter + 1) ?? []) this.acknowledged.add(marker)
  }
}
