import type { IncomingMessage, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES } from '@sheaf/protocol'
import { WebSocketServer } from 'ws'
import type { ServerOptions, WebSocket } from 'ws'
import type { Connection } from './connection.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../metrics.ts'
import type { Rooms } from '../rooms.ts'

export interface SocketServerOptions {
  readonly rooms: Rooms
  readonly limits: Limits
  readonly log: Log
  /** Whether a page of this origin may open a socket; browsers do not ask before they do. */
  readonly mayConnect: (origin: string | undefined, host: string | undefined) => boolean
  /** How many proxies in a row are believed about who connected to them. */
  readonly trustedProxies: number
}

const PATH = /^\/v1\/documents\/([^/?#]{1,256})\/socket(?:\?|$)/
/** What a frame holds besides its update. */
const FRAME_OVERHEAD = 64 * 1024
/** How long a client may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5_000

/**
 * Serves `GET /v1/documents/:documentId/socket` of an HTTP server. Returns what takes it off again; open sockets end with
 * the drain of the rooms.
 */
export function attachSocketServer(server: Server | SecureServer, options: SocketServerOptions): () => void {
  const { rooms, limits, log, mayConnect, trustedProxies } = options
  // The types of ws do not know `closeTimeout` yet.
  const settings: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.update.maxBytes + FRAME_OVERHEAD,
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
  const webSockets = new WebSocketServer(settings)
  const connections = new Map<string, number>()

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const documentId = documentIdOf(request.url ?? '')
    if (documentId === null) {
      // The application that this server is mounted in may have sockets of its own.
      if (server.listenerCount('upgrade') === 1) refuse(socket, '404 Not Found')
      return
    }
    const address = addressBehind(request, trustedProxies)
    const open = connections.get(address) ?? 0
    if (!mayConnect(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden')
    if (!rooms.accepting()) return refuse(socket, '503 Service Unavailable')
    if (open >= limits.maxConnectionsPerAddress) return refuse(socket, '429 Too Many Requests')
    connections.set(address, open + 1)
    socket.once('close', () => {
      const left = (connections.get(address) ?? 1) - 1
      if (left > 0) connections.set(address, left)
      else connections.delete(address)
    })
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      serve(webSocket, socket, documentId, address, rooms, log)
    })
  }

  server.on('upgrade', onUpgrade)
  return () => server.off('upgrade', onUpgrade)
}

function serve(
  webSocket: WebSocket,
  socket: Duplex,
  documentId: string,
  remoteAddress: string,
  rooms: Rooms,
  log: Log,
): void {
  const connection: Connection = {
    remoteAddress,
    send: (frames) => {
      if (webSocket.readyState === webSocket.OPEN) writeFrames(socket, frames)
    },
    close: (code, reason) => webSocket.close(code, reason),
    bufferedBytes: () => socket.writableLength,
  }
  const session = rooms.connect(documentId, connection)
  webSocket.on('message', (data, isBinary) => {
    if (isBinary && data instanceof Uint8Array) session.receive(data)
    else webSocket.close(CLOSE_CODES.malformed.code, 'frames are binary')
  })
  webSocket.on('close', () => session.closed())
  // A broken frame or a broken pipe; the close that follows tells the session.
  webSocket.on('error', (error) => log.info({ documentId, reason: error.message }, 'a socket failed'))
}

/** Each trusted proxy says who connected to it; what stands in the header beyond them anybody may have written. */
function addressBehind(request: IncomingMessage, trustedProxies: number): string {
  const direct = request.socket.remoteAddress ?? ''
  if (trustedProxies === 0) return direct
  const told = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  const hops = [direct, ...told.reverse()]
  return hops[Math.min(trustedProxies, hops.length - 1)] ?? direct
}

function documentIdOf(url: string): string | null {
  const encoded = PATH.exec(url)?.[1]
  if (encoded === undefined) return null
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Up to here frames are copied into one piece; larger ones are written as they are, shared by everybody. */
const COPY_BELOW = 32 * 1024
const BINARY_MESSAGE = 0x82

/** The last piece that was built: a room sends one and the same array to one connection after the other. */
let built: { readonly frames: readonly Uint8Array[]; readonly bytes: Buffer } | null = null

/** Writes frames as unmasked binary messages (RFC 6455, 5.2) in one go. */
function writeFrames(socket: Duplex, frames: readonly Uint8Array[]): void {
  if (built?.frames === frames) {
    socket.write(built.bytes)
    return
  }
  let size = 0
  for (const frame of frames) size += headerLength(frame.length) + frame.length
  if (size > COPY_BELOW) return writeLarge(socket, frames)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const frame of frames) {
    at = writeHeader(bytes, at, frame.length)
    bytes.set(frame, at)
    at += frame.length
  }
  built = { frames, bytes }
  socket.write(bytes)
}

function writeLarge(socket: Duplex, frames: readonly Uint8Array[]): void {
  socket.cork()
  for (const frame of frames) {
    const header = Buffer.allocUnsafe(headerLength(frame.length))
    writeHeader(header, 0, frame.length)
    socket.write(header)
    socket.write(frame)
  }
  socket.uncork()
}

const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

function writeHeader(bytes: Buffer, at: number, length: number): number {
  bytes[at] = BINARY_MESSAGE
  if (length < 126) {
    bytes[at + 1] = length
    return at + 2
  }
  if (length < 65_536) {
    bytes[at + 1] = 126
    bytes.writeUInt16BE(length, at + 2)
    return at + 4
  }
  bytes[at + 1] = 127
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2)
  bytes.writeUInt32BE(length % 2 ** 32, at + 6)
  return at + 10
}
