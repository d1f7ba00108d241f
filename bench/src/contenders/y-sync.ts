import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Author } from '../traffic.ts'
import { CursorAwareness } from './awareness.ts'
import { Tally } from './contender.ts'
import type { Bot } from './contender.ts'
import { CountedSocket } from './socket.ts'

const SYNC = 0
const AWARENESS = 1
const AUTH = 2
/** Hocuspocus' answer to a step 1, which it tells from others by its type. */
const SYNC_REPLY = 4
/** Hocuspocus' acknowledgement: applied in memory, not stored. */
const SYNC_STATUS = 8

const STEP1 = 0
const STEP2 = 1
const UPDATE = 2

/** The two dialects of the sync protocol of y-protocols: Hocuspocus puts the document's name before every message and signs in. */
export type Dialect = { readonly kind: 'y-websocket' } | { readonly kind: 'hocuspocus'; readonly documentName: string }

/** Joins a document of a server that speaks the sync protocol of y-protocols. */
export async function joinBySync(url: string, dialect: Dialect, author: Author): Promise<Bot> {
  const message = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
    const encoder = encoding.createEncoder()
    if (dialect.kind === 'hocuspocus') encoding.writeVarString(encoder, dialect.documentName)
    write(encoder)
    return encoding.toUint8Array(encoder)
  }
  const syncMessage = (step: number, body: Uint8Array): Uint8Array =>
    message((encoder) => {
      encoding.writeVarUint(encoder, SYNC)
      encoding.writeVarUint(encoder, step)
      encoding.writeVarUint8Array(encoder, body)
    })

  const updates = new Tally()
  const acknowledged = new Tally()
  const opened = new Tally()
  let sent = 0
  let openedWith = 0
  let presenceMessages = 0

  const socket = await CountedSocket.open(url, (received, self) => {
    const decoder = decoding.createDecoder(received)
    // Skips the document's name without decoding it.
    if (dialect.kind === 'hocuspocus') decoding.readVarUint8Array(decoder)
    const type = decoding.readVarUint(decoder)
    if (type === AWARENESS) presenceMessages++
    if (type === SYNC_STATUS) acknowledged.add(1)
    if (type !== SYNC && type !== SYNC_REPLY) return
    const step = decoding.readVarUint(decoder)
    if (step === UPDATE) updates.add(1)
    if (step === STEP2 && opened.value === 0) {
      openedWith = self.traffic.down
      opened.add(1)
    }
  })
  if (dialect.kind === 'hocuspocus')
    socket.send(
      message((encoder) => {
        encoding.writeVarUint(encoder, AUTH)
        encoding.writeVarUint(encoder, 0)
        encoding.writeVarString(encoder, 'no hook checks this token')
      }),
    )
  // The state vector of an empty document.
  socket.send(syncMessage(STEP1, new Uint8Array([0])))
  await opened.reaches(1)

  const cursor = new CursorAwareness(author.clientId)
  return {
    traffic: socket.traffic,
    openedWith,
    get presenceMessages() {
      return presenceMessages
    },
    send: (edit) => {
      sent++
      socket.send(syncMessage(UPDATE, edit.v1))
    },
    moveCursor: (position) =>
      socket.send(
        message((encoder) => {
          encoding.writeVarUint(encoder, AWARENESS)
          encoding.writeVarUint8Array(encoder, cursor.move(position))
        }),
      ),
    // These servers send everybody's updates back to their author too; that is no delivery.
    whenDelivered: async (keystrokes) => updates.reaches(keystrokes + sent),
    whenAcknowledged: async (edits) => (dialect.kind === 'hocuspocus' ? acknowledged.reaches(edits) : undefined),
    close: () => {
      cursor.close()
      socket.close()
    },
  }
}
