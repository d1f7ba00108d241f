import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import { assembleBackend } from './backend.ts'
import type { Backend } from './backend.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { SheafServerError, isServerError } from './errors.ts'
import { reasonOf } from './metrics.ts'
import type { Log } from './metrics.ts'
import { createPlugin } from './plugin.ts'
import type { SheafOptions } from './plugin.ts'
import { withOwnWorker } from './operating/own-worker.ts'
import type { Dependency, OperationFeed, Stores } from './ports.ts'
import { EMBEDDED, usesDataFolder } from './store-choice.ts'
import type { KafkaChoice, StoreChoice } from './store-choice.ts'

/** The stores of one server or worker, opened. */
export interface OpenStores {
  readonly stores: Stores
  /** Names this process among those that share the stores. */
  readonly serverId: string
  /** The secret of the data folder; null where there is no folder. */
  readonly folderSecret: (() => Promise<Uint8Array>) | null
}

// The one place that knows adapters. Each is loaded only when it was chosen, and so is its driver.
const embedded = () => import('./adapters/embedded/index.ts')
const postgres = () => withDriver('pg', 'SHEAF_POSTGRES_URL', import('./adapters/postgres/index.ts'))
const mongo = () => withDriver('mongodb', 'SHEAF_MONGODB_URL', import('./adapters/mongo/index.ts'))
const redis = () => withDriver('ioredis', 'SHEAF_REDIS_URL', import('./adapters/redis/index.ts'))
const kafka = () => withDriver('kafkajs', 'SHEAF_KAFKA_BROKERS', import('./adapters/kafka/index.ts'))

const postgresTime = () => import('./adapters/postgres/time.ts')
const mongoTime = () => import('./adapters/mongo/time.ts')
const redisTime = () => import('./adapters/redis/time.ts')
const kafkaGroup = () => import('./adapters/kafka/group.ts')

/** Drivers are optional peers: who chooses a store installs its driver. */
async function withDriver<T>(driver: string, setting: string, loading: Promise<T>): Promise<T> {
  try {
    return await loading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new SheafServerError('configuration', `${setting} needs the package ${driver}: npm install ${driver}`, {
      cause: error,
    })
  }
}

/** Adapters as they are opened, one after the other; what is opened later may lean on what was there before. */
class Opened {
  readonly #adapters: { close(): Promise<void> }[] = []
  #closing: Promise<void> | null = null

  keep<Adapter extends { close(): Promise<void> }>(adapter: Adapter): Adapter {
    this.#adapters.push(adapter)
    return adapter
  }

  /** The last one first. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    for (const adapter of this.#adapters.reverse()) await adapter.close()
  }
}

interface Surroundings {
  readonly clock: Clock
  readonly log: Log
}

async function opening<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = new Opened()
  try {
    return await work(opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** Consumers of one topic share its documents; those of another cluster's topic are none of theirs. */
const feedOf = (choice: KafkaChoice, clusterId: string, log: Log) => ({
  ...choice,
  group: `${choice.topic}.materializer`,
  clusterId,
  log,
})

const saysListenerErrors =
  (log: Log) =>
  (error: unknown): void =>
    log.error({ reason: reasonOf(error) }, 'a listener of announcements failed')

/** Whatever is used by several servers, as it depends on the id of what they share. Looks first, and changes nothing. */
async function inspectShared(choice: StoreChoice, clusterId: string | null, log: Log): Promise<void> {
  const { redisUrl, redisPrefix, kafka: kafkaChoice } = choice
  if (kafkaChoice !== null) await (await kafka()).inspectKafka(feedOf(kafkaChoice, clusterId ?? '', log))
  if (redisUrl !== null) await (await redis()).inspectRedis({ url: redisUrl, prefix: redisPrefix, clusterId })
}

/** The id of what is stored where MongoDB does not tell it: a folder that is still to be made has none of anybody's. */
async function folderId(dataDir: string): Promise<string | null> {
  const { format } = await (await embedded()).inspectDataFolder(dataDir)
  return format === null ? '' : null
}

/**
 * Opens what was chosen. Whatever writes as it is opened comes after everything was looked at, so that a wrong setting
 * leaves no trace.
 * @throws {SheafServerError} `configuration`, one line that names the setting and says what to do, or what the folder says.
 */
export const openStores = (choice: StoreChoice, { clock, log }: Surroundings): Promise<OpenStores> =>
  opening(async (opened) => {
    const serverId = randomUUID()
    const { dataDir, postgresUrl, mongodbUrl } = choice
    const people =
      postgresUrl === null ? null : opened.keep(await (await postgres()).openPostgres({ url: postgresUrl, log }))
    const documents =
      mongodbUrl === null ? null : opened.keep(await (await mongo()).openMongo({ url: mongodbUrl, log }))
    const knownId = documents?.clusterId ?? null
    await inspectShared(choice, knownId ?? (await folderId(dataDir)), log)

    // Whoever shares the documents may not be the only server.
    const alone = documents === null
    const onListenerError = saysListenerErrors(log)
    const { openEmbeddedStores, openProcessStores } = await embedded()
    const folder = usesDataFolder(choice)
      ? opened.keep(await openEmbeddedStores({ folder: dataDir, now: clock.now, alone, onListenerError }))
      : null
    const local = folder ?? openProcessStores({ alone, onListenerError })
    const clusterId = knownId ?? folder?.storeId ?? serverId
    const { feed, shared } = await openShared(choice, opened, { clusterId, serverId, clock, log })

    const { users, permissions, refreshTokens } = people?.ports ?? theFolder(folder)
    const { operations, versions, progress, locks, ...ofDocuments } = documents?.ports ?? theFolder(folder)
    const { cache, fanOut, attempts } = shared?.ports ?? local
    const stores: Stores = {
      users,
      permissions,
      refreshTokens,
      documents: ofDocuments.documents,
      operations,
      versions,
      progress,
      locks,
      cache,
      fanOut,
      attempts,
      feed: feed?.ports.feed ?? null,
      dependencies: [...(folder?.dependencies ?? []), ...essential([people, documents]), ...helpful([shared, feed])],
      close: () => opened.close(),
    }
    return { stores, serverId, folderSecret: folder === null ? null : () => folder.signingSecret() }
  })

/** What a worker needs: neither people nor a data folder, which may belong to a server beside it. */
export type WorkerStores = Pick<
  Stores,
  'documents' | 'operations' | 'versions' | 'progress' | 'cache' | 'fanOut' | 'dependencies' | 'close'
> & { readonly feed: OperationFeed }

/** @throws {SheafServerError} as {@link openStores} does, and where there is nothing for a worker to do. */
export const openWorkerStores = (choice: StoreChoice, { clock, log }: Surroundings): Promise<WorkerStores> =>
  opening(async (opened) => {
    const { mongodbUrl, kafka: kafkaChoice } = choice
    if (kafkaChoice === null || mongodbUrl === null)
      throw new SheafServerError(
        'configuration',
        `${kafkaChoice === null ? 'SHEAF_KAFKA_BROKERS' : 'SHEAF_MONGODB_URL'} is required for a worker, which takes operations from Kafka and keeps what comes of them in MongoDB: set both, or run no worker, since servers without Kafka do its work themselves`,
      )
    const serverId = randomUUID()
    const documents = opened.keep(await (await mongo()).openMongo({ url: mongodbUrl, log }))
    const { clusterId } = documents
    await inspectShared(choice, clusterId, log)
    const { feed, shared } = await openShared(choice, opened, { clusterId, serverId, clock, log })
    const source = feed?.ports.feed ?? null
    if (source === null) throw new SheafServerError('internal', 'there is no feed')
    const { openProcessStores } = await embedded()
    const { cache, fanOut } =
      shared?.ports ?? openProcessStores({ alone: false, onListenerError: saysListenerErrors(log) })
    const { locks: _locks, ...ofDocuments } = documents.ports
    return {
      ...ofDocuments,
      cache,
      fanOut,
      feed: source,
      dependencies: [...essential([documents, feed]), ...helpful([shared])],
      close: () => opened.close(),
    }
  })

async function openShared(
  { redisUrl, redisPrefix: prefix, kafka: kafkaChoice }: StoreChoice,
  opened: Opened,
  { clusterId, serverId, clock, log }: Surroundings & { readonly clusterId: string; readonly serverId: string },
) {
  const feed =
    kafkaChoice === null ? null : opened.keep(await (await kafka()).openKafka(feedOf(kafkaChoice, clusterId, log)))
  const toRedis = { prefix, clusterId, serverId, now: clock.now, log, onListenerError: saysListenerErrors(log) }
  const shared = redisUrl === null ? null : opened.keep(await (await redis()).openRedis({ url: redisUrl, ...toRedis }))
  return { feed, shared }
}

type Depended = { readonly dependency: Dependency } | null

const essential = (adapters: readonly Depended[]): Dependency[] =>
  adapters.flatMap((adapter) => (adapter === null ? [] : [adapter.dependency]))

/** Those that everything goes on without. */
const helpful = (adapters: readonly Depended[]): Dependency[] =>
  essential(adapters).map((dependency) => ({ ...dependency, onFailure: 'degraded' as const }))

function theFolder<Folder>(folder: Folder | null): Folder {
  if (folder === null) throw new SheafServerError('internal', 'something is kept neither in a store nor in the folder')
  return folder
}

async function openBackend(options: SheafOptions, log: Log): Promise<Backend> {
  const { dataDir = EMBEDDED.dataDir, stores: choice, secrets } = options
  const whole = { ...EMBEDDED, dataDir, ...choice }
  const documentsAreOwn = whole.mongodbUrl === null
  const { stores, serverId, folderSecret } = await openStores(whole, { clock: systemClock, log })
  try {
    const backend = assembleBackend({
      stores,
      serverId,
      secrets: secrets ?? (await secretOf(folderSecret)),
      options,
      clock: systemClock,
      log,
    })
    return stores.feed !== null && documentsAreOwn ? await withOwnWorker(backend) : backend
  } catch (error) {
    await stores.close()
    throw error
  }
}

async function secretOf(folderSecret: OpenStores['folderSecret']): Promise<readonly Uint8Array[]> {
  if (folderSecret !== null) return [await folderSecret()]
  throw new SheafServerError(
    'configuration',
    'the option secrets is required where nothing is kept in a data folder: all servers sign with the same ones',
  )
}

/**
 * The Fastify plugin: `app.register(sheaf, { dataDir: './data' })`.
 * Registration rejects with a SheafServerError where a store cannot be used.
 */
export const sheaf: FastifyPluginAsync<SheafOptions> = createPlugin(openBackend)

/** Brings all that is stored to this version's format. Resolves with a line for each store that says what was done. */
export async function migrate(choice: StoreChoice, log: Log): Promise<string[]> {
  const { dataDir, postgresUrl, mongodbUrl, kafka: kafkaChoice } = choice
  // What is wrong with one is found before another one is written to.
  const wrong = (await examineAll({ ...choice, redisUrl: null }, log)).find(
    ({ status, line }) => status === 'bad' && !MIGRATE_HELPS.test(line),
  )
  if (wrong !== undefined) throw wrong.error ?? new SheafServerError('configuration', wrong.line)
  const lines: string[] = []
  if (postgresUrl !== null) lines.push(await (await postgres()).migratePostgres({ url: postgresUrl, log }))
  if (mongodbUrl !== null) lines.push(await (await mongo()).migrateMongo({ url: mongodbUrl, log }))
  if (kafkaChoice !== null) lines.push(await (await kafka()).migrateKafka(feedOf(kafkaChoice, '', log)))
  if (usesDataFolder(choice)) lines.push(await migrateFolder(dataDir))
  return lines
}

/** How every adapter ends the line about what is only not migrated yet. */
const MIGRATE_HELPS = /run [`"]sheaf migrate[`"]$/

async function migrateFolder(dataDir: string): Promise<string> {
  const { inspectDataFolder, openEmbeddedStores, STORE_FORMAT } = await embedded()
  const before = await inspectDataFolder(dataDir)
  if (before.format === null)
    return `There is no data in ${before.path} yet; the first start makes format ${STORE_FORMAT}.`
  if (before.format === STORE_FORMAT) return `The data in ${before.path} has format ${STORE_FORMAT} already.`
  const stores = await openEmbeddedStores({ folder: dataDir, now: systemClock.now, alone: true, onListenerError: noop })
  await stores.close()
  return `The data in ${before.path} has format ${STORE_FORMAT} now; it was ${before.format}.`
}

const noop = (): void => undefined

/** One thing that was checked: as it should be, worth a thought, or wrong; with what to do. */
export interface Finding {
  readonly status: 'good' | 'hint' | 'bad'
  readonly line: string
}

type FoundOut = Finding & { readonly error?: unknown }

/** Checks every store that was chosen, and changes nothing; what is wrong with one keeps none of the others from it. */
export const examine = async (choice: StoreChoice, log: Log): Promise<Finding[]> =>
  (await examineAll(choice, log)).map(({ status, line }) => ({ status, line }))

async function examineAll(choice: StoreChoice, log: Log): Promise<FoundOut[]> {
  const { dataDir, postgresUrl, mongodbUrl, redisUrl, redisPrefix: prefix, kafka: kafkaChoice } = choice
  const looks: Promise<FoundOut[]>[] = []
  if (usesDataFolder(choice)) looks.push(look('SHEAF_DATA_DIR', async () => [await examineFolder(dataDir)]))
  if (postgresUrl !== null)
    looks.push(
      look('SHEAF_POSTGRES_URL', async () => [
        good(await (await postgres()).inspectPostgres({ url: postgresUrl, log })),
        ...(await examineClock('PostgreSQL', async () => (await postgresTime()).timeOfPostgres(postgresUrl))),
      ]),
    )
  if (mongodbUrl !== null)
    looks.push(
      look('SHEAF_MONGODB_URL', async () => [
        good(await (await mongo()).inspectMongo({ url: mongodbUrl, log })),
        ...(await examineClock('MongoDB', async () => (await mongoTime()).timeOfMongo(mongodbUrl))),
      ]),
    )
  if (redisUrl !== null)
    looks.push(
      look('SHEAF_REDIS_URL', async () => [
        good(await (await redis()).inspectRedis({ url: redisUrl, prefix, clusterId: await clusterIdOf(choice, log) })),
        ...(await examineClock('Redis', async () => (await redisTime()).timeOfRedis(redisUrl))),
      ]),
    )
  if (kafkaChoice !== null)
    looks.push(
      look('SHEAF_KAFKA_BROKERS', async () => [
        good(await (await kafka()).inspectKafka(feedOf(kafkaChoice, '', log))),
        ...(mongodbUrl === null ? [] : [await examineWorkers(kafkaChoice, log)]),
      ]),
    )
  return (await Promise.all(looks)).flat()
}

const good = (line: string): Finding => ({ status: 'good', line })

async function look(setting: string, find: () => Promise<Finding[]>): Promise<FoundOut[]> {
  try {
    return await find()
  } catch (error) {
    // What no adapter has words for may hold what must not be shown; the others are looked at all the same.
    const line = isServerError(error) ? error.message : `${setting}: cannot be checked (${nameOf(error)}); see its log`
    return [{ status: 'bad', line, error }]
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown')

/** Null where it is not known. */
async function clusterIdOf({ mongodbUrl, dataDir }: StoreChoice, log: Log): Promise<string | null> {
  try {
    if (mongodbUrl === null) return await folderId(dataDir)
    const { clusterId, close } = await (await mongo()).openMongo({ url: mongodbUrl, log })
    await close()
    return clusterId
  } catch (error) {
    // Said where MongoDB, or the folder, is looked at.
    if (isServerError(error)) return null
    throw error
  }
}

/** Tokens and locks end by the clocks of servers and stores. */
const LARGEST_DIFFERENCE_MS = 2_000

async function examineClock(name: string, timeOf: () => Promise<number | null>): Promise<Finding[]> {
  const before = Date.now()
  const time = await timeOf()
  const after = Date.now()
  if (time === null) return []
  // It was read at some moment between the two.
  const difference = Math.max(before - time, time - after)
  if (difference < LARGEST_DIFFERENCE_MS) return []
  const line = `The clock of ${name} and that of this machine differ by ${Math.round(difference / 1_000)} seconds; keep both right with NTP.`
  return [{ status: 'hint', line }]
}

async function examineWorkers(choice: KafkaChoice, log: Log): Promise<Finding> {
  const { members, lag } = await (await kafkaGroup()).inspectGroup(feedOf(choice, '', log))
  const waiting = `${lag} ${lag === 1 ? 'batch waits' : 'batches wait'} in topic ${choice.topic}`
  if (members === 0) return { status: 'hint', line: `No worker consumes, and ${waiting}; start "sheaf worker".` }
  return good(`${members} ${members === 1 ? 'worker consumes' : 'workers consume'}, and ${waiting}.`)
}

async function examineFolder(dataDir: string): Promise<Finding> {
  const { path, format, isInUse } = await (await embedded()).inspectDataFolder(dataDir)
  return good(
    format === null
      ? `There is no data in ${path} yet; the first start makes it.`
      : `The data in ${path} has format ${format}${isInUse ? ' and belongs to a running server' : ''}.`,
  )
}
