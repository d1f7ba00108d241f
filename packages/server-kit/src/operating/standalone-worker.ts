import Fastify from 'fastify'
import { systemClock } from '../clock.ts'
import type { Settings } from '../config.ts'
import { createDocumentThread } from '../document/document-thread.ts'
import { createFeedLag } from '../feed/feed-lag.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { Limits } from '../limits.ts'
import { newRequestId } from '../plugin.ts'
import { answerUnknownPaths, answerWithProblems } from '../routes/problem.ts'
import { PrometheusMetrics } from './prometheus.ts'
import { healthRoutes } from '../routes/health.ts'
import { openWorkerStores } from '../server.ts'
import { explainListen, loggerOptions, requestsInLog } from './standalone.ts'
import { createWorker } from '../worker.ts'

/** A process that folds what servers commit, and tells of its health over HTTP. */
export interface SheafWorker {
  /** Opens the stores, joins the other workers, and listens. Resolves with the address of its health routes. */
  start(): Promise<string>
  /** Finishes what is under way, leaves the other workers, and lets go of everything. Idempotent. */
  stop(): Promise<void>
}

/** Composes a worker from settings; nothing is opened before `start`. */
export function createSheafWorker(settings: Settings, bounds: Partial<Limits> = {}): SheafWorker {
  const app = Fastify({
    genReqId: newRequestId,
    requestIdHeader: false,
    logger: loggerOptions(settings),
    logController: requestsInLog(settings),
  })
  let draining: Promise<void> | null = null
  let end = async (): Promise<void> => undefined

  const open = async (): Promise<void> => {
    const stores = await openWorkerStores(settings.stores, { clock: systemClock, log: app.log })
    end = () => stores.close()
    const limits: Limits = { ...DEFAULT_LIMITS, ...bounds }
    const metrics = new PrometheusMetrics()
    const thread = createDocumentThread(limits)
    const worker = createWorker({ stores, thread, clock: systemClock, limits, log: app.log, metrics })
    metrics.showWorker(() => worker.stats(), createFeedLag(stores.feed, { clock: systemClock, log: app.log }))
    end = async () => {
      await worker.drain()
      await thread.close()
      await stores.close()
    }
    answerWithProblems(app)
    healthRoutes(app, {
      dependencies: stores.dependencies,
      accepting: () => draining === null,
      metrics,
      clock: systemClock,
      log: app.log,
    })
    await worker.start()
  }

  const stop = (): Promise<void> => (draining ??= end().finally(() => app.close()))
  return {
    stop,
    start: async () => {
      const { host, workerPort: port } = settings
      for (const warning of settings.warnings) app.log.warn(warning)
      answerUnknownPaths(app)
      try {
        await open()
        return await app.listen({ port, host })
      } catch (error) {
        await stop()
        throw explainListen(error, host, port, 'SHEAF_WORKER_PORT')
      }
    },
  }
}
