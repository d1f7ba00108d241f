import Fastify, { LogController } from 'fastify'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { assembleBackend } from './backend.ts'
import type { Backend } from './backend.ts'
import { systemClock } from './clock.ts'
import type { Settings } from './config.ts'
import { SheafServerError } from './errors.ts'
import { reasonOf } from './metrics.ts'
import type { Log } from './metrics.ts'
import { createPlugin, newRequestId } from './plugin.ts'
import type { SheafOptions } from './plugin.ts'
import { answerUnknownPaths, sendProblem, serverErrorOf } from './problem.ts'

const DEFAULT_DATA_DIR = './.sheaf'
/** A start that takes longer than this hangs. */
const START_TIMEOUT_MS = 60_000

/** The one place that knows adapters. Each is loaded only when it was chosen, and so is its driver. */
async function openBackend(options: SheafOptions, log: Log): Promise<Backend> {
  const { openEmbeddedStores } = await import('./adapters/embedded/index.ts')
  const stores = await openEmbeddedStores({
    folder: options.dataDir ?? DEFAULT_DATA_DIR,
    now: systemClock.now,
    onListenerError: (error) => log.error({ reason: reasonOf(error) }, 'a listener of announcements failed'),
  })
  try {
    const secrets = options.secrets ?? [await stores.signingSecret()]
    return assembleBackend({ stores, secrets, options, clock: systemClock, log })
  } catch (error) {
    await stores.close()
    throw error
  }
}

/**
 * The Fastify plugin: `app.register(sheaf, { dataDir: './data' })`.
 * Registration rejects with a SheafServerError where the folder cannot be used.
 */
export const sheaf: FastifyPluginAsync<SheafOptions> = createPlugin(openBackend)

/** A server of its own. */
export interface SheafServer {
  /** For routes of one's own, before `start`. */
  readonly app: FastifyInstance
  /** Opens the store and listens. Resolves with the address, such as `http://127.0.0.1:4400`. */
  start(): Promise<string>
  /** Takes no more work, finishes what is under way, and lets go of everything. Idempotent. */
  stop(): Promise<void>
}

/** Composes a server from settings; nothing is opened before `start`. Options add what no setting can say. */
export function createSheafServer(settings: Settings, options: SheafOptions = {}): SheafServer {
  const app = Fastify({
    pluginTimeout: START_TIMEOUT_MS,
    genReqId: newRequestId,
    requestIdHeader: false,
    // The first hop is the program that connected: with one trusted proxy its word is taken, and nobody else's.
    trustProxy: (_address, hop) => hop < settings.trustedProxies,
    // A path with a broken escape is answered as a problem, like everything else.
    frameworkErrors: (error, request, reply) => sendProblem(serverErrorOf(error), request, reply),
    logger: loggerOptions(settings),
    logController: new LogController({ disableRequestLogging: !['debug', 'trace'].includes(settings.logLevel) }),
  })
  answerUnknownPaths(app)
  void app.register(sheaf, {
    dataDir: settings.dataDir,
    allowedOrigins: settings.allowedOrigins,
    registration: settings.registration,
    requestsPerMinute: settings.requestsPerMinute,
    trustedProxies: settings.trustedProxies,
    ...(settings.jwtSecrets === null ? {} : { secrets: settings.jwtSecrets }),
    ...options,
  })
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => (stopping ??= app.close())
  return {
    app,
    stop,
    start: async () => {
      for (const warning of settings.warnings) app.log.warn(warning)
      try {
        return await app.listen({ port: settings.port, host: settings.host })
      } catch (error) {
        await stop()
        throw explainListen(error, settings)
      }
    },
  }
}

function loggerOptions(settings: Settings): object {
  return {
    level: settings.logLevel,
    // Standard output belongs to the one line that says where the server is.
    stream: process.stderr,
    redact: ['req.headers.authorization', 'headers.authorization', 'token', 'accessToken', 'refreshToken', 'password'],
    serializers: {
      req: ({ method, url, id }: { method: string; url: string; id: string }) => ({
        method,
        path: url.split('?')[0],
        id,
      }),
      // Message and code, no stack: a stack may quote what it was parsing.
      err: ({ message, code }: { message?: string; code?: string }) => ({ message, code }),
    },
  }
}

function explainListen(error: unknown, { host, port }: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException
  const what: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is in use; stop the program that has it, or set SHEAF_PORT to another one`,
    EACCES: `this user may not listen on port ${port}; set SHEAF_PORT to one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine; set SHEAF_HOST to one that is`,
    ENOTFOUND: `there is no host ${host}; set SHEAF_HOST to an address of this machine`,
  }
  const message = what[code ?? '']
  return message === undefined ? error : new SheafServerError('configuration', message, { cause: error })
}

/** Brings the data to this version's format. Resolves with a line that says what was done. */
export async function migrate({ dataDir }: Settings): Promise<string> {
  const { inspectDataFolder, openEmbeddedStores, STORE_FORMAT } = await import('./adapters/embedded/index.ts')
  const before = await inspectDataFolder(dataDir)
  if (before.format === null)
    return `There is no data in ${before.path} yet; the first start makes format ${STORE_FORMAT}.`
  if (before.format === STORE_FORMAT) return `The data in ${before.path} has format ${STORE_FORMAT} already.`
  const stores = await openEmbeddedStores({ folder: dataDir, now: systemClock.now, onListenerError: () => undefined })
  await stores.close()
  return `The data in ${before.path} has format ${STORE_FORMAT} now; it was ${before.format}.`
}

/**
 * Checks the data folder without changing anything; that the settings could be read was the first check.
 * Rejects with a SheafServerError that says what to do.
 */
export async function doctor({ dataDir, jwtSecrets }: Settings): Promise<string[]> {
  const { inspectDataFolder } = await import('./adapters/embedded/index.ts')
  const { path, format, isInUse } = await inspectDataFolder(dataDir)
  return [
    'The settings are right.',
    jwtSecrets === null
      ? 'Tokens are signed with a secret of the data folder.'
      : 'Tokens are signed with SHEAF_JWT_SECRET.',
    format === null
      ? `There is no data in ${path} yet; the first start makes it.`
      : `The data in ${path} has format ${format}${isInUse ? ' and belongs to a running server' : ''}.`,
  ]
}
