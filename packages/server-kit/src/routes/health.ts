import { reasonOf } from '../metrics.ts'
import type { Log } from '../metrics.ts'
import type { Dependency } from '../ports.ts'
import type { PrometheusMetrics } from '../operating/prometheus.ts'
import type { Clock } from '../clock.ts'
import type { FastifyInstance } from 'fastify'

/** A dependency that has not answered by then counts as failed. */
const CHECK_TIMEOUT_MS = 2_000

/** Not counted against anybody's rate: probes come often and from one address. */
const probe = { sheafAccess: 'public', rateLimit: false } as const
const schema = { hide: true }

/** What a process tells of its health. */
export interface HealthContext {
  readonly dependencies: readonly Dependency[]
  /** False while it drains. */
  readonly accepting: () => boolean
  readonly metrics: PrometheusMetrics
  readonly clock: Clock
  readonly log: Log
}

/**
 * `/livez`: the process answers. `/readyz`: so does all that it needs; `degraded` is ready without something that helps.
 * `/metrics`: figures for Prometheus.
 */
export function healthRoutes(scope: FastifyInstance, context: HealthContext): void {
  const { accepting, metrics, clock, log } = context
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
      context.dependencies.map(async (dependency) => ({
        name: dependency.name,
        status: (await answers(dependency)) ? 'ok' : 'failed',
        onFailure: dependency.onFailure ?? 'not-ready',
      })),
    )
    const shown = dependencies.map(({ name, status }) => ({ name, status }))
    shown.push({ name: 'sessions', status: accepting() ? 'ok' : 'draining' })
    const failed = dependencies.filter(({ status }) => status === 'failed')
    const isReady = accepting() && failed.every(({ onFailure }) => onFailure === 'degraded')
    const isWhole = isReady && failed.length === 0
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isWhole ? 'ok' : isReady ? 'degraded' : 'unavailable', dependencies: shown })
  })

  scope.get('/metrics', { config: probe, schema }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
