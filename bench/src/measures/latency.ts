import { setTimeout as pause } from 'node:timers/promises'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { createSheafClient } from '@sheaf/client-sdk'
import type { SheafDocument, WebSocketConstructor } from '@sheaf/client-sdk'
import { CONTENT_ROOT } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Contender, ContenderName, Host } from '../contenders/contender.ts'
import type { SheafHost } from '../contenders/sheaf.ts'
import { median, quantile } from '../statistics.ts'
import { shareOfPeer, upTo } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

/** A document as the contender's own client gives it to an application. */
interface OpenDocument {
  readonly ydoc: Y.Doc
  /** Null where the client is not told when an edit is durable. */
  readonly whenDurable: (() => Promise<void>) | null
  close(): void
}

type Open = (host: Host, documentId: string) => Promise<OpenDocument>

async function openSheaf(host: Host, documentId: string): Promise<OpenDocument> {
  const { api } = host as SheafHost
  const client = createSheafClient({
    url: api.origin,
    token: api.token,
    batching: 'immediate',
    webSocket: WebSocket as unknown as WebSocketConstructor,
  })
  const document: SheafDocument = client.open(documentId)
  await document.whenLoaded()
  return {
    ydoc: document.ydoc,
    whenDurable: async () => document.whenDurable(),
    close: () => void document.close(),
  }
}

async function openYWebsocket(host: Host, documentId: string): Promise<OpenDocument> {
  const ydoc = new Y.Doc()
  const provider = new WebsocketProvider(host.url, documentId, ydoc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    // Otherwise clients of one process talk to each other past the server.
    disableBc: true,
  })
  await new Promise<void>((resolve) => {
    provider.once('sync', () => resolve())
  })
  return { ydoc, whenDurable: null, close: () => provider.destroy() }
}

async function openHocuspocus(host: Host, documentId: string): Promise<OpenDocument> {
  const ydoc = new Y.Doc()
  const websocketProvider = new HocuspocusProviderWebsocket({ url: host.url, WebSocketPolyfill: WebSocket })
  const provider = new HocuspocusProvider({ name: documentId, document: ydoc, websocketProvider, token: 'none' })
  provider.attach()
  await new Promise<void>((resolve) => {
    provider.on('synced', () => resolve())
  })
  return {
    ydoc,
    whenDurable: null,
    close: () => {
      provider.destroy()
      websocketProvider.destroy()
    },
  }
}

const clients: Partial<Record<ContenderName, Open>> = {
  sheaf: openSheaf,
  'y-websocket': openYWebsocket,
  hocuspocus: openHocuspocus,
}

function textOf(ydoc: Y.Doc): Y.XmlText {
  return (ydoc.getXmlFragment(CONTENT_ROOT).get(0) as Y.XmlElement).get(0) as Y.XmlText
}

/** Resolves when the document has changed by what came from outside. */
async function changed(ydoc: Y.Doc): Promise<number> {
  return new Promise((resolve) => {
    ydoc.once('update', () => resolve(performance.now()))
  })
}

interface Latencies {
  readonly otherScreen: number[]
  readonly durable: number[]
}

async function edit(host: Host, open: Open, people: number, samples: number): Promise<Latencies> {
  const documentId = await host.createDocument()
  const documents: OpenDocument[] = []
  for (let person = 0; person < people; person++) documents.push(await open(host, documentId))
  const [author, ...others] = documents as [OpenDocument, ...OpenDocument[]]
  const first = Promise.all(others.map(async ({ ydoc }) => changed(ydoc)))
  author.ydoc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText()])
    author.ydoc.getXmlFragment(CONTENT_ROOT).insert(0, [paragraph])
  })
  await first
  const text = textOf(author.ydoc)
  const latencies: Latencies = { otherScreen: [], durable: [] }
  for (let sample = -20; sample < samples; sample++) {
    const arrivals = others.map(async ({ ydoc }) => changed(ydoc))
    const start = performance.now()
    text.insert(text.length, 'a')
    const durable = author.whenDurable?.().then(() => performance.now() - start)
    const seen = (await Promise.all(arrivals)).map((at) => at - start)
    const took = await durable
    // The first ones are for the code to be compiled.
    if (sample < 0) continue
    latencies.otherScreen.push(...seen)
    if (took !== undefined) latencies.durable.push(took)
    // Edits come one by one, as keys do, and not as an answer to the one before.
    if (sample % 5 === 0) await pause(3)
  }
  for (const document of documents) document.close()
  return latencies
}

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const people of [2, 20]) {
    const otherScreen: Partial<Record<ContenderName, number>> = {}
    const otherScreenWorst: Partial<Record<ContenderName, number>> = {}
    let durable: number[] = []
    for (const contender of contenders) {
      const open = clients[contender.name]
      if (open === undefined) continue
      const host = await contender.start(null)
      const latencies = await edit(host, open, people, scale === 'full' ? 1_000 : 50)
      otherScreen[contender.name] = median(latencies.otherScreen)
      otherScreenWorst[contender.name] = quantile(latencies.otherScreen, 0.99)
      if (contender.name === 'sheaf') durable = latencies.durable
      await host.stop()
    }
    const shape = `1×${people}`
    rows.push(
      { label: `edit → other screen, p50, ${shape}`, unit: 'ms', values: otherScreen, promise: shareOfPeer(1) },
      { label: `edit → other screen, p99, ${shape}`, unit: 'ms', values: otherScreenWorst, promise: null },
    )
    if (durable.length > 0)
      rows.push(
        {
          label: `edit → committed, p50, ${shape}`,
          unit: 'ms',
          values: { sheaf: median(durable) },
          promise: upTo(3),
        },
        {
          label: `edit → committed, p99, ${shape}`,
          unit: 'ms',
          values: { sheaf: quantile(durable, 0.99) },
          promise: upTo(10),
        },
      )
  }
  return rows
}

export const latency: Measure = {
  name: 'latency',
  describes: "from a key to another screen, and to the disk, by the contenders' own clients, each sending at once",
  run,
}
