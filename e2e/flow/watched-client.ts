import { createSheafClient, memoryDeviceStore } from '@sheaf/client-sdk'
import type { SheafClient, SheafClientOptions, SheafDocument, WebSocketConstructor } from '@sheaf/client-sdk'
import { CONTENT_ROOT, decodeClientFrame, decodeServerFrame } from '@sheaf/protocol'
import type { ClientFrames, ServerFrame } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import type { SheafApi } from '../faults/sheaf-api.ts'
import { plainText } from '../simulation/marker.ts'

/** An operation as the client sent it, and when, in milliseconds of `performance.now()`. */
export interface SentOperation extends Readonly<ClientFrames['operation']> {
  readonly at: number
}

export interface WatchedOptions {
  readonly batching?: SheafClientOptions['batching']
  /** Everything that others wrote is delivered to the client twice. */
  readonly hearsTwice?: boolean
}

/** The real client as an application has it, and what it and the server said to each other. */
export class WatchedClient {
  readonly document: SheafDocument
  readonly sent: SentOperation[] = []
  readonly heard: ServerFrame[] = []
  /** When something was acknowledged, in milliseconds of `performance.now()`. */
  readonly acknowledgedAt: number[] = []
  readonly #client: SheafClient

  constructor(api: SheafApi, documentId: string, { batching, hearsTwice = false }: WatchedOptions = {}) {
    this.#client = createSheafClient({
      url: api.origin,
      token: async ({ reason }) => (reason === 'connect' ? api.token : api.freshToken()),
      deviceStore: memoryDeviceStore(),
      webSocket: this.#socket(hearsTwice),
      ...(batching === undefined ? {} : { batching }),
    })
    this.document = this.#client.open(documentId)
  }

  /** Types at the end of the first paragraph, as one key press. */
  type(text: string): void {
    const { ydoc } = this.document
    ydoc.transact(() => {
      const content = ydoc.getXmlFragment(CONTENT_ROOT)
      const first = content.length > 0 ? content.get(0) : null
      const place = first instanceof Y.XmlElement && first.length > 0 ? first.get(0) : null
      if (place instanceof Y.XmlText) return place.insert(place.length, text)
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(text)])
      content.insert(0, [paragraph])
    })
  }

  get text(): string {
    return plainText(this.document.ydoc)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  #socket(hearsTwice: boolean): WebSocketConstructor {
    const { sent, heard, acknowledgedAt } = this
    return class extends WebSocket {
      override emit(event: string | symbol, ...values: unknown[]): boolean {
        if (event !== 'message') return super.emit(event, ...values)
        const frame = decodeServerFrame(new Uint8Array(values[0] as Buffer))
        heard.push(frame)
        if (frame.kind === 'committed') acknowledgedAt.push(performance.now())
        if (hearsTwice && frame.kind === 'operation') super.emit(event, ...values)
        return super.emit(event, ...values)
      }

      override send(data: Uint8Array): void {
        const frame = decodeClientFrame(data)
        if (frame.kind === 'operation') sent.push({ ...frame, at: performance.now() })
        super.send(data)
      }
    } as unknown as WebSocketConstructor
  }
}
