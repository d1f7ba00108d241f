import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { BSON } from 'mongodb'
import type { Document } from 'mongodb'
import { onTestFinished } from 'vitest'

const LEGACY_QUERY = 2_004
const LEGACY_REPLY = 1
const MESSAGE = 2_013
const HEAD_BYTES = 16

/** The answer to a command, by its name; `hello` answers to its old name too. */
export type Answers = (command: Document) => Document

/** What a server of MongoDB 7 says of itself that works alone. */
export const HELLO = {
  isWritablePrimary: true,
  helloOk: true,
  readOnly: false,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
}

/** Says what it is told to say: how servers answer that cannot be had here. Resolves with `host:port`. */
export async function aFakeMongod(answers: (address: string) => Answers): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let waiting = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes])
      while (waiting.length >= HEAD_BYTES && waiting.length >= waiting.readInt32LE(0)) {
        const message = waiting.subarray(0, waiting.readInt32LE(0))
        waiting = waiting.subarray(message.length)
        socket.write(reply(message, answers(address)))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return address
}

function reply(message: Buffer, answer: Answers): Buffer {
  const isLegacy = message.readInt32LE(12) === LEGACY_QUERY
  // Flags, then for a message the kind of its section, for a query the name of its collection and two numbers.
  const start = isLegacy ? message.indexOf(0, HEAD_BYTES + 4) + 9 : HEAD_BYTES + 5
  const document = BSON.serialize({ ok: 1, ...answer(BSON.deserialize(message.subarray(start))) })
  const body = Buffer.concat([Buffer.alloc(isLegacy ? 20 : 5), document])
  // Of a legacy reply the number of documents is the last of its fields.
  if (isLegacy) body.writeInt32LE(1, 16)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeInt32LE(HEAD_BYTES + body.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(isLegacy ? LEGACY_REPLY : MESSAGE, 12)
  return Buffer.concat([head, body])
}
