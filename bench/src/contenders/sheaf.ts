import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { SheafApi } from '@sheaf/e2e/sheaf-api'
import { freePort, sheafEnvironment, sheafServe } from '@sheaf/e2e/sheaf-command'
import {
  DEFAULT_SCHEMA_ID,
  PROTOCOL_VERSION,
  decodeServerFrame,
  encodeClientFrame,
  encodePresencePatch,
} from '@sheaf/protocol'
import type { PresenceCursor, ServerFrame } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { ServerProcess } from '../server-process.ts'
import type { Author, Edit } from '../traffic.ts'
import { cursorAt } from './awareness.ts'
import { Tally } from './contender.ts'
import type { Bot, Contender, Host } from './contender.ts'
import { CountedSocket } from './socket.ts'

/** Type of the operation frame of a server, read by hand: a bot does not decode what it only counts. */
const OPERATION = 21
const PRESENCE = 22

/** Sheaf's server can also be asked what no other contender has. */
export interface SheafHost extends Host {
  readonly api: SheafApi
}

/** Keystrokes of each operation on the load's own replicas, so that receiving one tells how many arrived. */
const keystrokesOf = new Map<string, number[]>()

function readOperationHead(frame: Uint8Array): { readonly replicaId: string; readonly counter: number } {
  const decoder = decoding.createDecoder(frame)
  decoding.readVarUint(decoder)
  decoding.readVarUint(decoder)
  const replicaId = Buffer.from(decoding.readUint8Array(decoder, 16)).toString('hex')
  return { replicaId, counter: decoding.readVarUint(decoder) }
}

function cursorOf(author: Author, position: number): PresenceCursor {
  const relative = Y.createRelativePositionFromJSON({
    type: { client: author.clientId, clock: 1 },
    tname: null,
    item: cursorAt(author.clientId, position),
    assoc: 0,
  })
  // An empty head: the selection is only a cursor.
  return { anchor: Y.encodeRelativePosition(relative), head: new Uint8Array() }
}

/** Joins a document of whatever server answers at this address, with a replica that has nothing. */
export async function join(url: string, token: string, documentId: string, author: Author): Promise<Bot> {
  const replicaId = randomBytes(16).toString('hex')
  const sentKeystrokes: number[] = []
  keystrokesOf.set(replicaId, sentKeystrokes)

  const delivered = new Tally()
  const committed = new Tally()
  const opened = new Tally()
  const waiting: Edit[] = []
  let counter = 0
  let seq = 0
  let maxInFlight = 0
  let openedWith = 0
  let presenceMessages = 0
  let failure: string | null = null

  const sendNext = (): void => {
    while (waiting.length > 0 && counter - committed.value < maxInFlight) {
      const edit = waiting.shift()
      if (edit === undefined) return
      counter++
      sentKeystrokes[counter] = edit.keystrokes
      socket.send(
        encodeClientFrame({
          kind: 'operation',
          counter,
          baseSeq: seq,
          versionVector: edit.vector,
          update: edit.v2,
        }),
      )
    }
  }

  const receive = (frame: ServerFrame, socket: CountedSocket): void => {
    switch (frame.kind) {
      case 'welcome':
        maxInFlight = frame.limits.maxInFlight
        return
      case 'state':
        seq = frame.seq
        openedWith = socket.traffic.down
        opened.add(1)
        return
      case 'committed':
        seq = Math.max(seq, frame.seq)
        committed.add(frame.counter - committed.value)
        sendNext()
        return
      case 'rejected':
        failure = `an operation of the load was rejected: ${frame.code} ${frame.message}`
        throw new Error(failure)
      default:
    }
  }

  const socket = await CountedSocket.open(`${url}/v1/documents/${documentId}/socket`, (message, self) => {
    if (message[0] === OPERATION) {
      const { replicaId: author, counter: of } = readOperationHead(message)
      seq++
      delivered.add(keystrokesOf.get(author)?.[of] ?? 1)
    } else if (message[0] === PRESENCE) presenceMessages++
    else receive(decodeServerFrame(message), self)
  })
  socket.send(
    encodeClientFrame({
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token,
      replicaId,
      lastSeq: 0,
      stateVector: new Uint8Array(),
      schemaId: DEFAULT_SCHEMA_ID,
    }),
  )
  await opened.reaches(1)

  let introduced = false
  return {
    traffic: socket.traffic,
    openedWith,
    get presenceMessages() {
      return presenceMessages
    },
    send: (edit) => {
      waiting.push(edit)
      sendNext()
    },
    moveCursor: (position) => {
      const cursor = cursorOf(author, position)
      const patch = encodePresencePatch(
        introduced ? { kind: 'cursor', cursor } : { kind: 'full', clientId: author.clientId, cursor, data: null },
      )
      introduced = true
      socket.send(encodeClientFrame({ kind: 'presence', patch }))
    },
    whenDelivered: async (keystrokes) => delivered.reaches(keystrokes),
    whenAcknowledged: async (edits) => committed.reaches(edits),
    close: () => {
      keystrokesOf.delete(replicaId)
      socket.close()
    },
  }
}

/**
 * Starts `sheaf serve` as it ships. Where it is given no folder it keeps everything in one of its own, on disk all the same.
 * `known` is somebody whom the server in this folder knows already.
 */
export async function startSheaf(folder: string | null, known: SheafApi | null = null): Promise<SheafHost> {
  const temporary = folder ?? (await mkdtemp(joinPath(tmpdir(), 'sheaf-bench-')))
  const port = await freePort()
  const process = new ServerProcess(sheafServe('built'), sheafEnvironment(temporary, port))
  const origin = `http://127.0.0.1:${port}`
  let gone = false
  void process.exited.then(() => (gone = true))
  await SheafApi.ready(origin, () => gone).catch((error: unknown) => {
    throw new Error(process.output, { cause: error })
  })
  const api = known?.at(origin) ?? (await SheafApi.register(origin, `load-${randomBytes(4).toString('hex')}`))
  return {
    process,
    url: api.socketOrigin,
    api,
    createDocument: async () => api.createDocument(),
    join: async (documentId, author) => join(api.socketOrigin, api.token, documentId, author),
    stop: async () => {
      await process.stop('SIGTERM')
      if (folder === null) await rm(temporary, { recursive: true, force: true })
    },
  }
}

export const sheaf: Contender = { name: 'sheaf', start: async (folder) => startSheaf(folder) }
