import { randomBytes } from 'node:crypto'
import {
  CONTENT_ROOT,
  DEFAULT_SCHEMA_ID,
  PROTOCOL_VERSION,
  decodeServerFrame,
  encodeClientFrame,
} from '@sheaf/protocol'
import type { ClientFrame, ServerFrame } from '@sheaf/protocol'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { contentOf } from '../../src/content/fragment.ts'
import { operationFrame, updateOf } from './world.ts'

/** An honest client on a real socket. */
export interface SocketClient {
  /** Appends a paragraph; resolves when it is acknowledged. */
  write(text: string): Promise<void>
  /** The document as it is known here. */
  text(): string
  /** Resolves when the document holds this. */
  until(text: string): Promise<void>
  /** Resolves with the code that the socket closed with. */
  ended(): Promise<number>
  close(): void
}

/** Resolves when the client has the document. @throws {Error} with the close code, where it is not let in. */
export async function joinBySocket(url: string, documentId: string, token: string): Promise<SocketClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/documents/${documentId}/socket`)
  onTestFinished(() => socket.terminate())
  const ydoc = new Y.Doc()
  const pending: Uint8Array[] = []
  let [lastSeq, counter, committed] = [0, 0, 0]
  let isReady = false
  let end: number | null = null
  let waiting: (() => void)[] = []
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      if (end !== null) throw new Error(`the socket closed (${end})`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  const say = (frame: ClientFrame): void => socket.send(encodeClientFrame(frame))
  const hear = (frame: ServerFrame): void => {
    switch (frame.kind) {
      case 'state':
        for (const part of frame.parts) Y.applyUpdateV2(ydoc, updateOf(part))
        lastSeq = frame.seq
        isReady = true
        return
      case 'operation':
        Y.applyUpdateV2(ydoc, frame.update)
        lastSeq = frame.seq
        return
      case 'committed':
        committed = Math.max(committed, frame.counter)
        lastSeq = Math.max(lastSeq, frame.seq)
        return
      case 'rejected':
        throw new Error(`rejected: ${frame.code}`)
      default:
    }
  }
  ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
    if (transaction.local) pending.push(update)
  })
  socket.on('open', () =>
    say({
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token,
      replicaId: randomBytes(16).toString('hex'),
      lastSeq: 0,
      stateVector: new Uint8Array(),
      schemaId: DEFAULT_SCHEMA_ID,
    }),
  )
  socket.on('message', (data: Buffer) => {
    hear(decodeServerFrame(data))
    wake()
  })
  socket.on('close', (code) => {
    end ??= code
    wake()
  })
  socket.on('error', () => undefined)
  const fragment = ydoc.getXmlFragment(CONTENT_ROOT)
  const text = (): string => JSON.stringify(contentOf(fragment))
  await until(() => isReady)
  return {
    text,
    until: (wanted) => until(() => text().includes(wanted)),
    write: async (words) => {
      ydoc.transact(() => {
        const paragraph = new Y.XmlElement('paragraph')
        paragraph.insert(0, [new Y.XmlText(words)])
        fragment.insert(fragment.length, [paragraph])
      })
      const own = ++counter
      say(operationFrame(own, lastSeq, Y.mergeUpdatesV2(pending.splice(0))))
      await until(() => committed >= own)
    },
    ended: async () => {
      for (;;) {
        if (end !== null) return end
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    close: () => socket.close(),
  }
}
