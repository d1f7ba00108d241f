import { randomUUID } from 'node:crypto'
import { env as surroundings } from 'node:process'
import { fileURLToPath } from 'node:url'
import * as encoding from 'lib0/encoding'
import { ServerProcess } from '../server-process.ts'
import { Tally } from './contender.ts'
import type { Bot, Contender, ContenderName, Host } from './contender.ts'
import { CountedSocket } from './socket.ts'
import { joinBySync } from './y-sync.ts'

/** A server of the folder `servers/`, which tells its port over IPC. */
async function startServer(
  name: ContenderName,
  env: Readonly<Record<string, string>>,
  join: (url: string, documentId: string, author: Parameters<Host['join']>[1]) => Promise<Bot>,
): Promise<Host> {
  const process = new ServerProcess([fileURLToPath(new URL(`../servers/${name}.mjs`, import.meta.url))], {
    ...surroundings,
    NODE_ENV: 'production',
    ...env,
  })
  const port = await process.next((news) => ('port' in news ? news.port : null))
  const url = `ws://127.0.0.1:${port}`
  return {
    process,
    url,
    createDocument: async () => randomUUID(),
    join: async (documentId, author) => join(url, documentId, author),
    stop: async () => process.stop(),
  }
}

/** y-websocket keeps nothing; it is given no folder. */
export const yWebsocket: Contender = {
  name: 'y-websocket',
  start: async () =>
    startServer('y-websocket', {}, async (url, documentId, author) =>
      joinBySync(`${url}/${documentId}`, { kind: 'y-websocket' }, author),
    ),
}

export const hocuspocus: Contender = {
  name: 'hocuspocus',
  start: async (folder) =>
    startServer('hocuspocus', folder === null ? {} : { STORE_DIR: folder }, async (url, documentName, author) =>
      joinBySync(url, { kind: 'hocuspocus', documentName }, author),
    ),
}

/** First byte of a relayed message. */
const CURSOR = 0
const EDIT = 1

async function joinRelay(url: string): Promise<Bot> {
  const delivered = new Tally()
  const opened = new Tally()
  let presenceMessages = 0
  const socket = await CountedSocket.open(url, (received) => {
    if (received[0] === CURSOR) presenceMessages++
    else if (received[0] === EDIT) delivered.add(received[1] ?? 0)
    else opened.add(1)
  })
  await opened.reaches(1)
  return {
    traffic: socket.traffic,
    openedWith: 0,
    get presenceMessages() {
      return presenceMessages
    },
    send: (edit) => {
      const message = new Uint8Array(2 + edit.v2.length)
      message[0] = EDIT
      message[1] = edit.keystrokes
      message.set(edit.v2, 2)
      socket.send(message)
    },
    moveCursor: (position) => {
      const encoder = encoding.createEncoder()
      encoding.writeVarUint(encoder, CURSOR)
      encoding.writeVarUint(encoder, position)
      socket.send(encoding.toUint8Array(encoder))
    },
    whenDelivered: async (keystrokes) => delivered.reaches(keystrokes),
    whenAcknowledged: async () => {},
    close: () => socket.close(),
  }
}

/** The floor: sockets and nothing else. */
export const relay: Contender = {
  name: 'relay',
  start: async () => startServer('relay', {}, async (url, documentId) => joinRelay(`${url}/${documentId}`)),
}
