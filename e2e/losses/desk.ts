import { createSheafClient, memoryDeviceStore, systemRuntime } from '@sheaf/client-sdk'
import type {
  DeviceStore,
  DocumentSnapshot,
  Locks,
  SheafClient,
  SheafDocument,
  TokenSource,
  WebSocketConstructor,
} from '@sheaf/client-sdk'
import { fakePage } from '@sheaf/client-sdk/testing'
import { CONTENT_ROOT, decodeServerFrame } from '@sheaf/protocol'
import type { ServerFrame } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import type { SheafApi } from '../faults/sheaf-api.ts'
import { plainText } from '../simulation/marker.ts'
import { Network } from '../support/network.ts'
import { locksOfDevice } from './device-locks.ts'

export interface DeskOptions {
  /** Default: the log-in of the person, renewed where the server wants it. */
  readonly token?: TokenSource
  /** Answers false for what the server said and the client must not hear. */
  readonly hears?: (frame: ServerFrame) => boolean
}

/** One person's device: what is kept on it, and a way to the server of its own. */
export class Desk {
  readonly api: SheafApi
  readonly network: Network
  readonly store: DeviceStore = memoryDeviceStore()
  readonly #locks = locksOfDevice()

  private constructor(api: SheafApi, network: Network) {
    this.api = api
    this.network = network
  }

  static async of(api: SheafApi): Promise<Desk> {
    return new Desk(api, await Network.inFrontOf(Number(new URL(api.origin).port)))
  }

  /** A page that is opened on this device. */
  tab(options: DeskOptions = {}): Tab {
    const { locks, die } = this.#locks.forOneTab()
    return new Tab(this, locks, die, options)
  }

  async close(): Promise<void> {
    await this.network.close()
  }
}

/** A page that runs the real client over real sockets. */
export class Tab {
  readonly page = fakePage()
  readonly client: SheafClient
  readonly #options: DeskOptions
  readonly #letLocksGo: () => void
  readonly #sockets = new Set<WebSocket>()
  #opened = 0
  #dead = false

  constructor(desk: Desk, locks: Locks, letLocksGo: () => void, options: DeskOptions) {
    this.#options = options
    this.#letLocksGo = letLocksGo
    const { api } = desk
    const ofLogin: TokenSource = async ({ reason }) => (reason === 'connect' ? api.token : api.freshToken())
    this.client = createSheafClient({
      url: desk.network.url,
      token: options.token ?? ofLogin,
      deviceStore: this.#mortal(desk.store),
      webSocket: this.#countedSocket(),
      runtime: { ...systemRuntime(), page: this.page, locks },
    })
  }

  open(documentId: string): SheafDocument {
    return this.client.open(documentId)
  }

  /** Sockets that were ever opened, and those that are open now. */
  get sockets(): { readonly ever: number; readonly now: number } {
    return { ever: this.#opened, now: this.#sockets.size }
  }

  /** The process of the page is gone: nothing is finished, sent or written any more, and its locks are free. */
  die(): void {
    this.#dead = true
    for (const socket of this.#sockets) socket.terminate()
    this.#letLocksGo()
  }

  #mortal(store: DeviceStore): DeviceStore {
    const never = new Promise<never>(() => undefined)
    return new Proxy(store, {
      get: (target, name: keyof DeviceStore) => {
        const method: unknown = target[name]
        if (typeof method !== 'function') return method
        return (...values: unknown[]): unknown => (this.#dead ? never : method.apply(target, values))
      },
    })
  }

  #countedSocket(): WebSocketConstructor {
    const { hears = () => true } = this.#options
    const opened = (socket: WebSocket): void => {
      if (this.#dead) return socket.terminate()
      this.#opened += 1
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    return class extends WebSocket {
      constructor(url: string) {
        super(url)
        opened(this)
      }

      override emit(event: string | symbol, ...values: unknown[]): boolean {
        if (event === 'message' && !hears(decodeServerFrame(new Uint8Array(values[0] as Buffer)))) return true
        return super.emit(event, ...values)
      }
    } as unknown as WebSocketConstructor
  }
}

/** Types at the end of the first paragraph, as one key press. */
export function type({ ydoc }: SheafDocument, words: string): void {
  ydoc.transact(() => {
    const content = ydoc.getXmlFragment(CONTENT_ROOT)
    const first = content.length > 0 ? content.get(0) : null
    const place = first instanceof Y.XmlElement && first.length > 0 ? first.get(0) : null
    if (place instanceof Y.XmlText) return place.insert(place.length, words)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(words)])
    content.insert(0, [paragraph])
  })
}

export const shown = ({ ydoc }: SheafDocument): string => plainText(ydoc)

/** Resolves as soon as the snapshot fits. */
export function until(document: SheafDocument, fits: (snapshot: DocumentSnapshot) => boolean): Promise<void> {
  if (fits(document.getSnapshot())) return Promise.resolve()
  return new Promise((resolve) => {
    const end = document.subscribe(() => {
      if (!fits(document.getSnapshot())) return
      end()
      resolve()
    })
  })
}

/** Resolves as soon as the document shows these words. */
export function untilShown(document: SheafDocument, words: string): Promise<void> {
  const { ydoc } = document
  if (shown(document).includes(words)) return Promise.resolve()
  return new Promise((resolve) => {
    const look = (): void => {
      if (!shown(document).includes(words)) return
      ydoc.off('afterTransaction', look)
      resolve()
    }
    ydoc.on('afterTransaction', look)
  })
}

/** What the server has, read anew. */
export async function stored(api: SheafApi, documentId: string): Promise<string> {
  const ydoc = new Y.Doc()
  Y.applyUpdateV2(ydoc, await api.content(documentId))
  return plainText(ydoc)
}
