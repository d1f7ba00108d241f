import Fastify from 'fastify'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { openEmbeddedStores } from '../../src/adapters/embedded/index.ts'
import type { EmbeddedStores } from '../../src/adapters/embedded/index.ts'
import { assembleBackend } from '../../src/backend.ts'
import type { Backend, BackendOptions } from '../../src/backend.ts'
import { systemClock } from '../../src/clock.ts'
import type { ControlMessage } from '../../src/ports.ts'
import { originPolicy } from '../../src/routes/origins.ts'
import { apiRoutes } from '../../src/routes/api.ts'
import { guardRoutes } from '../../src/routes/caller.ts'
import { healthRoutes } from '../../src/routes/health.ts'
import type { SessionBody } from '../../src/routes/schemas.ts'
import { answerWithProblems } from '../../src/routes/problem.ts'
import { aFolder } from './folder.ts'

export const SECRET = Buffer.from('a secret of thirty-two bytes, or more')
export const ORIGIN = 'https://app.example.com'

export interface Api {
  readonly app: FastifyInstance
  readonly stores: EmbeddedStores
  readonly backend: Backend
  readonly announced: ControlMessage[]
  readonly logged: string[]
  readonly routes: RouteOptions[]
  /** Moves the clock that decides about tokens and windows. */
  advance(ms: number): void
  now(): number
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options?: CallOptions): Promise<Answer>
  /** Registers somebody with this name. */
  person(name: string): Promise<Person>
}

export interface CallOptions {
  readonly as?: Person | { readonly accessToken: string }
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Sent as it is. */
  readonly raw?: string
  readonly address?: string
}

export interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
  readonly headers: Record<string, unknown>
  readonly text: string
}

export interface Person extends SessionBody {
  readonly email: string
  readonly password: string
}

export interface ApiOptions extends BackendOptions {
  readonly requestsPerMinute?: number
}

/** The HTTP API on a fresh embedded store, with cheap password hashes and a clock that tests can move. */
export async function anApi(options: ApiOptions = {}): Promise<Api> {
  let shift = 0
  const now = (): number => systemClock.now() + shift
  const folder = await aFolder()
  const logged: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => void logged.push(line) } } })
  const stores = await openEmbeddedStores({
    folder,
    now,
    onListenerError: (error) => {
      throw error
    },
  })
  const backend = assembleBackend({
    stores,
    serverId: 'server',
    secrets: [SECRET],
    options: { passwords: { memoryKiB: 64, passes: 1 }, ...options },
    clock: { ...systemClock, now },
    log: app.log,
  })
  const announced: ControlMessage[] = []
  stores.fanOut.onAnnouncement((message) => void announced.push(message))
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  app.addHook('onClose', () => backend.close())
  await app.register(
    async (scope) =>
      apiRoutes(scope, {
        ...backend,
        origins: originPolicy([ORIGIN]),
        requestsPerMinute: options.requestsPerMinute ?? 100_000,
      }),
    { prefix: '/v1' },
  )
  await app.register(async (scope) => {
    answerWithProblems(scope)
    guardRoutes(scope, backend.access)
    healthRoutes(scope, { ...backend, dependencies: stores.dependencies, accepting: () => backend.rooms.accepting() })
  })
  await app.ready()
  onTestFinished(() => app.close())

  const call: Api['call'] = async (method, url, { as, body, headers = {}, raw, address } = {}) => {
    const request: InjectOptions = { method, url, headers: { ...headers } }
    if (as !== undefined) request.headers = { authorization: `Bearer ${as.accessToken}`, ...request.headers }
    if (raw !== undefined) request.payload = raw
    else if (body !== undefined) {
      request.payload = JSON.stringify(body)
      request.headers = { 'content-type': 'application/json', ...request.headers }
    }
    if (address !== undefined) request.remoteAddress = address
    const { statusCode, headers: answered, payload } = await app.inject(request)
    const isJson = String(answered['content-type'] ?? '').includes('json') && payload !== ''
    return {
      status: statusCode,
      body: isJson ? JSON.parse(payload) : payload,
      headers: answered as Record<string, unknown>,
      text: payload,
    }
  }
  const person = async (name: string): Promise<Person> => {
    const account = { email: `${name.toLowerCase()}@example.com`, password: `password of ${name}`, displayName: name }
    const { status, body } = await call('POST', '/v1/auth/register', { body: account })
    if (status !== 201) throw new Error(`${name} could not register: ${JSON.stringify(body)}`)
    return { ...(body as SessionBody), email: account.email, password: account.password }
  }
  return { app, stores, backend, announced, logged, routes, advance: (ms) => void (shift += ms), now, call, person }
}

/** Everything of an error's body that may differ from one request to the next, taken away. */
export const withoutRequestId = ({ body }: Answer): unknown => ({ ...body, requestId: '' })
