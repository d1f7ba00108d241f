import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CONTENT_ROOT,
  DEFAULT_UPDATE_LIMITS,
  PROTOCOL_VERSION,
  encodeClientFrame,
  encodePresencePatch,
  inspectUpdate,
} from '@sheaf/protocol'
import type { VersionVector } from '@sheaf/protocol'
import * as Y from 'yjs'
import { Chance } from '../simulation/chance.ts'
import { Attacker } from './attacker.ts'
import type { Answer } from './attacker.ts'
import { mutated } from './mutation.ts'
import { SheafApi } from './sheaf-api.ts'
import { SheafProcess } from './sheaf-process.ts'
import { Typist } from './typist.ts'

export interface FuzzOptions {
  readonly updates: number
  readonly frames: number
  readonly seed: number
  readonly server: 'built' | 'source'
}

export interface FuzzReport {
  readonly updates: Readonly<Record<Answer, number>>
  readonly frames: Readonly<Record<Answer, number>>
  readonly crashes: number
  /** Batches after which the server held other structs or deletions than the committed operations carry. */
  readonly changedByRefused: number
  /**
   * Batches after which the same structs stood in another order with somebody else. An update that was taken can do that:
   * the ledger knows of no order, so one that names neighbours that never were any passes, and Yjs then places it by the
   * order of arrival.
   */
  readonly inAnotherOrder: number
  /** Edits of other people, one after each batch, that arrived. */
  readonly editsArrived: number
  readonly batches: number
  /** Growth of the server's resident memory. */
  readonly grownMegabytes: number
  readonly seconds: number
}

/** Mutations between two looks at the document. */
const BATCH = 500

/** Sends mutated updates and mutated frames to a server in which two people write, and looks at what they notice of it. */
export async function liveFuzz({ updates, frames, seed, server }: FuzzOptions): Promise<FuzzReport> {
  const start = performance.now()
  const chance = new Chance(seed)
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-fuzz-'))
  const process = await SheafProcess.start(folder, server)
  const run = await Run.begin(process, chance)
  const memoryBefore = residentMegabytes(process.pid)
  try {
    for (let sent = 0; sent < updates; sent += BATCH) await run.batch(async () => run.attackByUpdates(BATCH))
    for (let sent = 0; sent < frames; sent += BATCH) await run.batch(async () => run.attackByFrames(BATCH))
    return {
      ...run.figures,
      crashes: process.running ? 0 : 1,
      grownMegabytes: residentMegabytes(process.pid) - memoryBefore,
      seconds: (performance.now() - start) / 1000,
    }
  } finally {
    await run.close()
    await process.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Resident memory of a process, where the system tells; 0 elsewhere. */
function residentMegabytes(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) / 1024
  } catch {
    // Only Linux has this file.
    return 0
  }
}

/** Updates as honest clients make them, each by a client id of its own so that any of them can come first. */
function honestUpdates(base: Uint8Array, chance: Chance): Uint8Array[] {
  return Array.from({ length: 60 }, (_, index) => {
    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, base)
    doc.clientID = chance.integer(1, 2 ** 32 - 1)
    const made: Uint8Array[] = []
    doc.on('updateV2', (update: Uint8Array) => void made.push(update))
    doc.transact(() => {
      const content = doc.getXmlFragment(CONTENT_ROOT)
      const texts = content.toArray().flatMap((node) => (node instanceof Y.XmlElement ? node.toArray() : []))
      const text = texts.find((node) => node instanceof Y.XmlText && node.length > 4) as Y.XmlText
      if (index % 4 !== 1) text.insert(chance.integer(0, text.length), 'an honest edit of some length ')
      if (index % 4 === 1) text.delete(0, Math.min(3, text.length))
      if (index % 4 === 2) text.format(0, 4, { strong: {} })
      if (index % 4 !== 3) return
      const heading = new Y.XmlElement('heading')
      heading.setAttribute('level', '2')
      heading.insert(0, [new Y.XmlText('A heading')])
      content.insert(chance.integer(0, content.length), [heading])
    })
    return made[0] ?? base
  })
}

const noAnswers = (): Record<Answer, number> => ({ rejected: 0, committed: 0, accepted: 0, ignored: 0, closed: 0 })

class Run {
  readonly #process: SheafProcess
  readonly #chance: Chance
  readonly #api: SheafApi
  readonly #documentId: string
  readonly #writer: Typist
  readonly #reader: Typist
  readonly #updates = noAnswers()
  readonly #frames = noAnswers()
  #changedByRefused = 0
  #inAnotherOrder = 0
  #editsArrived = 0
  #batches = 0

  private constructor(process: SheafProcess, chance: Chance, api: SheafApi, documentId: string) {
    this.#process = process
    this.#chance = chance
    this.#api = api
    this.#documentId = documentId
    this.#writer = new Typist('writer', api, documentId, 'immediate')
    this.#reader = new Typist('reader', api, documentId, 'immediate')
  }

  static async begin(process: SheafProcess, chance: Chance): Promise<Run> {
    const api = await SheafApi.register(process.origin, 'fuzz')
    const run = new Run(process, chance, api, await api.createDocument('Under attack'))
    await Promise.all([run.#writer.connected(), run.#reader.connected()])
    for (let edit = 0; edit < 20; edit++) await run.#reader.sees(run.#writer.type())
    return run
  }

  get figures(): Pick<
    FuzzReport,
    'updates' | 'frames' | 'changedByRefused' | 'inAnotherOrder' | 'editsArrived' | 'batches'
  > {
    return {
      updates: this.#updates,
      frames: this.#frames,
      changedByRefused: this.#changedByRefused,
      inAnotherOrder: this.#inAnotherOrder,
      editsArrived: this.#editsArrived,
      batches: this.#batches,
    }
  }

  /** An attack, then a look at whether other people's next edits arrive and the document is what they were told. */
  async batch(attack: () => Promise<void>): Promise<void> {
    await attack()
    this.#batches++
    const marker = this.#writer.type()
    await this.#reader.sees(marker)
    this.#editsArrived++
    const stored = new Y.Doc()
    Y.applyUpdateV2(stored, await this.#api.content(this.#documentId))
    // What the reader received is what was committed: if the server holds anything else, a refused update left a trace.
    if (structsOf(stored) !== structsOf(this.#reader.document.ydoc)) this.#changedByRefused++
    else if (hashOf(stored) !== hashOf(this.#reader.document.ydoc)) this.#inAnotherOrder++
  }

  async attackByUpdates(count: number): Promise<void> {
    const base = Y.encodeStateAsUpdateV2(this.#reader.document.ydoc)
    const honest = honestUpdates(base, this.#chance)
    let attacker: Attacker | null = null
    for (let sent = 0; sent < count; sent++) {
      if (attacker === null || attacker.isClosed) attacker = await this.#enter()
      const original = this.#chance.pick(honest)
      const update = mutated(original, honest, this.#chance)
      const answer = await attacker.sendUpdate(update, vectorOf(update, original))
      this.#updates[answer]++
      // A replica whose first operation was taken, or waits for what it builds on, cannot send another first one.
      if (answer !== 'rejected') {
        attacker.close()
        attacker = null
      }
    }
    attacker?.close()
  }

  async attackByFrames(count: number): Promise<void> {
    const frames = this.#honestFrames()
    let attacker: Attacker | null = null
    for (let sent = 0; sent < count; sent++) {
      if (attacker === null || attacker.isClosed)
        // Some attack before they have said who they are.
        attacker = this.#chance.happens(0.2)
          ? await Attacker.connect(this.#process.origin, this.#documentId)
          : await this.#enter()
      const answer = await attacker.sendFrame(mutated(this.#chance.pick(frames), frames, this.#chance))
      this.#frames[answer]++
    }
    attacker?.close()
  }

  async close(): Promise<void> {
    await this.#writer.close()
    await this.#reader.close()
  }

  async #enter(): Promise<Attacker> {
    const attacker = await Attacker.connect(this.#process.origin, this.#documentId)
    await attacker.enter(this.#api.token)
    return attacker
  }

  #honestFrames(): Uint8Array[] {
    const stateVector = Y.encodeStateVector(this.#reader.document.ydoc)
    const [update] = honestUpdates(Y.encodeStateAsUpdateV2(this.#reader.document.ydoc), this.#chance)
    const cursor = { anchor: this.#chance.bytes(8), head: new Uint8Array() }
    const replicaId = 'ab'.repeat(16)
    const common = { token: this.#api.token, replicaId, lastSeq: 1, stateVector, schemaId: 'sheaf-1' }
    return [
      encodeClientFrame({ kind: 'hello', protocolVersion: PROTOCOL_VERSION, ...common }),
      encodeClientFrame({
        kind: 'operation',
        counter: 1,
        baseSeq: 1,
        versionVector: vectorOf(update ?? stateVector, stateVector),
        update: update ?? stateVector,
      }),
      encodeClientFrame({ kind: 'presence', patch: encodePresencePatch({ kind: 'cursor', cursor }) }),
      encodeClientFrame({
        kind: 'presence',
        patch: encodePresencePatch({ kind: 'full', clientId: 7, cursor, data: '{"typing":true}' }),
      }),
      encodeClientFrame({ kind: 'token', token: this.#api.token }),
      encodeClientFrame({ kind: 'sync', lastSeq: 1, stateVector }),
      encodeClientFrame({ kind: 'ping' }),
    ]
  }
}

/** The vector that belongs to an update, so that it is not refused for that alone; for what cannot be read, the original's. */
function vectorOf(update: Uint8Array, original: Uint8Array): VersionVector {
  for (const bytes of [update, original]) {
    const inspection = inspectUpdate(bytes, DEFAULT_UPDATE_LIMITS)
    if (inspection.status === 'sound') return inspection.facts.versionVector
  }
  return []
}

/** Which structs and deletions a document holds, whatever their order. */
function structsOf(doc: Y.Doc): string {
  const vector = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b)
  const deletions = [...Y.snapshot(doc).ds.clients].sort(([a], [b]) => a - b)
  return JSON.stringify({ vector, deletions })
}

function hashOf(doc: Y.Doc): string {
  return createHash('sha256').update(doc.getXmlFragment(CONTENT_ROOT).toString()).digest('hex')
}
