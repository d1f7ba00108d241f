import Fastify, { LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { SettingName, Settings } from '../config.ts'
import { SheafServerError } from '../errors.ts'
import { newRequestId } from '../plugin.ts'
import type { SheafOptions } from '../plugin.ts'
import { answerUnknownPaths, sendProblem, serverErrorOf } from '../routes/problem.ts'
import { sheaf } from '../server.ts'

/** A start that takes longer than this hangs. */
const START_TIMEOUT_MS = 60_000

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
    logController: requestsInLog(settings),
  })
  answerUnknownPaths(app)
  void app.register(sheaf, {
    dataDir: settings.stores.dataDir,
    stores: settings.stores,
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
        throw explainListen(error, settings.host, settings.port, 'SHEAF_PORT')
      }
    },
  }
}

/** Each request is a line at the finest levels only: probes come every few seconds. */
export const requestsInLog = ({ logLevel }: Pick<Settings, 'logLevel'>): LogController =>
  new LogController({ disableRequestLogging: !['debug', 'trace'].includes(logLevel) })

export function loggerOptions({ logLevel }: Pick<Settings, 'logLevel'>): object {
  return {
    level: logLevel,
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

/** What to do where an address cannot be listened on; another error comes back as it is. */
export function explainListen(error: unknown, host: string, port: number, setting: SettingName): unknown {
  const { code } = error as NodeJS.ErrnoException
  const what: Readonly<Record<string, string>> = {
    EADDRINUSE: `${setting}: port ${port} of ${host} is in use; stop the program that has it, or choose another one`,
    EACCES: `${setting}: this user may not listen on port ${port}; choose one above 1023`,
    EADDRNOTAVAIL: `SHEAF_HOST: ${host} is no address of this machine; set it to one that is`,
    ENOTFOUND: `SHEAF_HOST: there is no host ${host}; set it to an address of this machine`,
  }
  const message = what[code ?? '']
  return message === undefined ? error : new SheafServerError('configuration', message, { cause: error })
}
