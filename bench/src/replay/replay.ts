import { setImmediate as turn } from 'node:timers/promises'
import { createSheafClient } from '@sheaf/client-sdk'
import type { SheafClientOptions, SheafDocument, WebSocketConstructor } from '@sheaf/client-sdk'
import { CONTENT_ROOT } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import type { SheafHost } from '../contenders/sheaf.ts'
import { patchInCodeUnits, positionsAreCodeUnits } from '../trace.ts'
import type { Trace } from '../trace.ts'
import { scriptsOf } from './causality.ts'
import type { Script } from './causality.ts'
import { Gate, gatedSocket } from './gate.ts'

/** The one text of a replayed document: the first child of its first paragraph. */
export function textOf(doc: Y.Doc): Y.XmlText {
  const paragraph = doc.getXmlFragment(CONTENT_ROOT).get(0)
  const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : null
  if (!(text instanceof Y.XmlText)) throw new Error('the document does not begin with a paragraph that holds text')
  return text
}

export interface ReplayOutcome {
  readonly documentId: string
  /** What each client shows in the end, by who they are. */
  readonly texts: ReadonlyMap<string, string>
  readonly seconds: number
  readonly edits: number
  readonly operations: number
  /** How `parents` were honoured, in a sentence with figures. */
  readonly causality: string
}

interface Participant {
  readonly document: SheafDocument
  close(): Promise<void>
}

async function openDocument(
  host: SheafHost,
  documentId: string,
  options: Partial<SheafClientOptions> = {},
): Promise<Participant> {
  const client = createSheafClient({
    url: host.api.origin,
    token: host.api.token,
    webSocket: WebSocket as unknown as WebSocketConstructor,
    ...options,
  })
  const document = client.open(documentId)
  await document.whenLoaded()
  return { document, close: async () => document.close() }
}

/** What somebody sees who opens the document now and never saw it before. */
export async function freshText(host: SheafHost, documentId: string): Promise<string> {
  const { document, close } = await openDocument(host, documentId)
  const text = textOf(document.ydoc).toString()
  await close()
  return text
}

/** What is stored: the newest snapshot and the operations after it, as the server folds them. */
export async function storedText(host: SheafHost, documentId: string): Promise<string> {
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, await host.api.content(documentId))
  return textOf(doc).toString()
}

function seed(document: SheafDocument, content: string): void {
  document.ydoc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(content)])
    document.ydoc.getXmlFragment(CONTENT_ROOT).insert(0, [paragraph])
  })
}

/** Replays a recording of one person, with the batching that ships, while somebody else looks on. */
export async function replayAlone(host: SheafHost, trace: Trace): Promise<ReplayOutcome> {
  const documentId = await host.createDocument()
  const author = await openDocument(host, documentId)
  const watcher = await openDocument(host, documentId)
  const plain = positionsAreCodeUnits(trace)
  const start = performance.now()
  seed(author.document, trace.startContent)
  const text = textOf(author.document.ydoc)
  for (const [index, { patches }] of trace.transactions.entries()) {
    author.document.ydoc.transact(() => {
      for (const patch of patches) {
        const [position, deleted, inserted] = plain ? patch : patchInCodeUnits(text.toString(), patch)
        if (deleted > 0) text.delete(position, deleted)
        if (inserted !== '') text.insert(position, inserted)
      }
    })
    // Nobody types faster than the server stores for long: now and then the author waits until all is saved.
    if (index % 5_000 === 4_999) await author.document.whenDurable()
    else if (index % 100 === 99) await turn()
  }
  await author.document.whenDurable()
  const seconds = (performance.now() - start) / 1000
  const { seq } = await host.api.createVersion(documentId, 'after the replay')
  await caughtUp(watcher.document, author.document)
  const texts = new Map([
    ['author', text.toString()],
    ['somebody who looked on', textOf(watcher.document.ydoc).toString()],
  ])
  await author.close()
  await watcher.close()
  return {
    documentId,
    texts,
    seconds,
    edits: trace.transactions.length,
    operations: seq,
    causality: 'one author: each transaction follows the one before it.',
  }
}

/** Resolves when both hold the same structs and the same deletions, whoever of them had to wait for the other. */
async function caughtUp(one: SheafDocument, other: SheafDocument): Promise<void> {
  const equal = (): boolean => Y.equalSnapshots(Y.snapshot(one.ydoc), Y.snapshot(other.ydoc))
  if (equal()) return
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!equal()) return
      for (const { ydoc } of [one, other]) ydoc.off('afterTransaction', look)
      resolve()
    }
    for (const { ydoc } of [one, other]) ydoc.on('afterTransaction', look)
  })
}

/** One of the two people of a concurrent recording. */
class Agent {
  readonly gate = new Gate()
  readonly #script: Script
  #participant: Participant | null = null
  /** Operations that were made before the first of the script. */
  #firstCounter = 0

  constructor(script: Script) {
    this.#script = script
  }

  get document(): SheafDocument {
    if (this.#participant === null) throw new Error('the agent has not joined yet')
    return this.#participant.document
  }

  async join(host: SheafHost, documentId: string, clientId: number): Promise<void> {
    this.#participant = await openDocument(host, documentId, {
      webSocket: gatedSocket(this.gate) as unknown as WebSocketConstructor,
      // The script says where operations end, see Script.cuts.
      batching: { pauseMs: 3_600_000, intervalMs: 3_600_000, maxChars: 1_000_000_000 },
    })
    this.document.ydoc.clientID = clientId
  }

  async seed(content: string): Promise<void> {
    this.#firstCounter = 1
    this.gate.allow(1)
    seed(this.document, content)
    await this.document.whenDurable()
  }

  /** The counter of the operation with which the first `transactions` of this agent are complete. */
  counterOf(transactions: number): number {
    const cut = this.#script.cuts.indexOf(transactions)
    if (transactions > 0 && cut < 0) throw new Error('no operation ends there')
    return this.#firstCounter + cut + 1
  }

  async type(other: Agent): Promise<void> {
    const text = textOf(this.document.ydoc)
    const { steps, cuts } = this.#script
    let nextCut = 0
    let saw = -1
    for (const [index, { transaction, sees }] of steps.entries()) {
      if (sees !== saw) {
        saw = sees
        const counter = other.counterOf(sees)
        other.gate.allow(counter)
        await this.gate.arrived(counter)
      }
      this.document.ydoc.transact(() => {
        for (const patch of transaction.patches) {
          const [position, deleted, inserted] = patchInCodeUnits(text.toString(), patch)
          if (deleted > 0) text.delete(position, deleted)
          if (inserted !== '') text.insert(position, inserted)
        }
      })
      if (index + 1 === cuts[nextCut]) {
        nextCut++
        await this.document.flush()
      }
    }
    // Whoever has typed everything may see everything.
    other.gate.allow(Number.MAX_SAFE_INTEGER)
  }

  async close(): Promise<void> {
    await this.#participant?.close()
  }
}

/** Replays a recording of two people who typed at once, each seeing exactly what they saw then. */
export async function replayTogether(host: SheafHost, trace: Trace): Promise<ReplayOutcome> {
  const documentId = await host.createDocument()
  const [firstScript, secondScript] = scriptsOf(trace)
  const first = new Agent(firstScript)
  const second = new Agent(secondScript)
  const start = performance.now()
  // Where two people insert at one place at once, Yjs puts the lower client id first; so did the recording.
  await first.join(host, documentId, 1_000_001)
  await first.seed(trace.startContent)
  await second.join(host, documentId, 1_000_002)
  second.gate.hasFromTheStart(1)
  await Promise.all([first.type(second), second.type(first)])
  await Promise.all([first.document.whenDurable(), second.document.whenDurable()])
  const seconds = (performance.now() - start) / 1000
  await caughtUp(first.document, second.document)
  const { seq } = await host.api.createVersion(documentId, 'after the replay')
  const texts = new Map([
    ['first agent', textOf(first.document.ydoc).toString()],
    ['second agent', textOf(second.document.ydoc).toString()],
  ])
  const delayed = first.gate.delayed + second.gate.delayed
  await first.close()
  await second.close()
  return {
    documentId,
    texts,
    seconds,
    edits: trace.transactions.length,
    operations: seq,
    causality:
      `each agent typed a transaction when exactly its parents were in their replica: operations end wherever the other one ` +
      `looked (${firstScript.cuts.length} + ${secondScript.cuts.length} operations), a transaction waited for what it builds on, and ` +
      `${delayed} operations were held on their author's socket until the other one had typed what was typed without them.`,
  }
}
