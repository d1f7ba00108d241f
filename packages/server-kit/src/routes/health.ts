import { reasonOf } from '../metrics.ts'
import type { Dependency } from '../ports.ts'
import type { RouteContext, Scope } from './scope.ts'

/** A dependency that has not answered by then counts as failed. */
const CHECK_TIMEOUT_MS = 2_000

/** Not counted against anybody's rate: probes come often and from one address. */
const probe = { sheafAccess: 'public', rateLimit: false } as const
const schema = { hide: true }

/** `/livez`: the process answers. `/readyz`: so does all that it needs. `/metrics`: figures for Prometheus. */
export function healthRoutes(scope: Scope, { stores, rooms, metrics, clock, log }: RouteContext): void {
  const answers = (dependency: Dependency): Promise<boolean> =>
    new Promise((resolve) => {
      const cancel = clock.after(CHECK_TIMEOUT_MS, () => {
        log.warn({ dependency: dependency.name }, 'a dependency does not answer')
        resolve(false)
      })
      dependency
        .check()
        .then(
          () => true,
          (error: unknown) => {
            log.warn({ dependency: dependency.name, reason: reasonOf(error) }, 'a dependency fails')
            return false
          },
        )
        .then((isAnswering) => {
          cancel()
          return resolve(isAnswering)
        }, resolve)
    })

  scope.get('/livez', { config: probe, schema }, async () => ({ status: 'ok' }))

  scope.get('/readyz', { config: probe, schema }, async (_request, reply) => {
    const dependencies = await Promise.all(
      stores.dependencies.map(async (dependency) => ({
        name: dependency.name,
        status: (await answers(dependency)) ? 'ok' : 'failed',
      })),
    )
    dependencies.push({ name: 'sessions', status: rooms.accepting() ? 'ok' : 'draining' })
    const isReady = dependencies.every(({ status }) => status === 'ok')
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', dependencies })
  })

  scope.get('/metrics', { config: probe, schema }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
