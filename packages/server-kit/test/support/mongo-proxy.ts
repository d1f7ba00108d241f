import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { BSON } from 'mongodb'
import { onTestFinished } from 'vitest'
import { addressOf } from './mongo-under-test.ts'

const MESSAGE = 2_013
const HEAD_BYTES = 16
/** What the driver asks for itself. */
const OWN_COMMANDS = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions'])

export interface MongoProxy {
  /** The same database, by way of the proxy. */
  readonly url: string
  /** Names of the commands that went through, but for the driver's own; emptied by whoever counts. */
  readonly commands: string[]
  /** The next command of this name reaches the server; when it answers, the connection is cut and the answer is lost. */
  loseAnswerTo(command: string): void
  /** From the next command of this name the server hears only when this is done: what others do in between. */
  before(command: string, meanwhile: () => Promise<unknown>): void
}

/** A proxy that ends with the test. */
export async function aMongoProxy(url: string): Promise<MongoProxy> {
  const target = addressOf(url)
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let losing: string | null = null
  let delayed: { readonly command: string; readonly meanwhile: () => Promise<unknown> } | null = null

  const server = createServer((client) => {
    const upstream = connect(target)
    let isLost = false
    let turn: Promise<unknown> = Promise.resolve()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const requests = framesOf((name) => {
      if (OWN_COMMANDS.has(name)) return
      commands.push(name)
      if (name === delayed?.command) {
        turn = turn.then(delayed.meanwhile)
        delayed = null
      }
      if (name !== losing) return
      losing = null
      isLost = true
    })
    client.on('data', (bytes: Buffer) => {
      requests(bytes)
      turn = turn.then(() => upstream.write(bytes))
    })
    upstream.on('data', (bytes) => {
      if (isLost) client.destroy()
      else client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const parsed = new URL(url)
  parsed.host = `127.0.0.1:${port}`
  // Otherwise the driver goes where the server says it is, past the proxy.
  parsed.searchParams.set('directConnection', 'true')
  return {
    url: parsed.href,
    commands,
    loseAnswerTo: (command) => (losing = command),
    before: (command, meanwhile) => (delayed = { command, meanwhile }),
  }
}

/** Tells the name of each command in a stream of messages: the first key of its document. */
function framesOf(heard: (command: string) => void): (bytes: Buffer) => void {
  let waiting = Buffer.alloc(0)
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes])
    while (waiting.length >= HEAD_BYTES && waiting.length >= waiting.readInt32LE(0)) {
      const message = waiting.subarray(0, waiting.readInt32LE(0))
      waiting = waiting.subarray(message.length)
      if (message.readInt32LE(12) !== MESSAGE) continue
      const start = HEAD_BYTES + 5
      const document = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)))
      heard(Object.keys(document)[0] ?? '')
    }
  }
}
