import { request as askPlain } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { request as askOverTls } from 'node:https'
import { WebSocket } from 'ws'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly milliseconds: number
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** The certificate that is trusted. */
  readonly ca?: string
}

/** One request, with its path as it stands: nothing is tidied up on the way, and no redirect is followed. */
export function ask(origin: string, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, ca } = question
  const { hostname, port, protocol } = new URL(origin)
  const startedAt = performance.now()
  const send = protocol === 'https:' ? askOverTls : askPlain
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers, agent: false, ...(ca === undefined ? {} : { ca }) }
    const request = send(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          milliseconds: performance.now() - startedAt,
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

export interface OpenSocket {
  readonly webSocket: WebSocket
  /** What the server said first. */
  readonly greeting: string
  readonly milliseconds: number
}

/** Opens a socket and waits for the first word on it. */
export function openSocket(origin: string, path: string, question: Question = {}): Promise<OpenSocket> {
  const startedAt = performance.now()
  const { headers = {}, ca } = question
  const webSocket = new WebSocket(origin.replace(/^http/, 'ws') + path, {
    headers: { ...headers },
    ...(ca === undefined ? {} : { ca }),
  })
  return new Promise((resolve, reject) => {
    webSocket.once('error', reject)
    webSocket.once('message', (data: Buffer) =>
      resolve({ webSocket, greeting: data.toString('utf8'), milliseconds: performance.now() - startedAt }),
    )
  })
}

/** The next thing that is said. */
export const nextMessage = (webSocket: WebSocket): Promise<Buffer> =>
  new Promise((resolve) => {
    webSocket.once('message', (data: Buffer) => resolve(data))
  })
