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
import type { Stores } from './ports.ts'
import { EMBEDDED, usesDataFolder } from './store-choice.ts'
import type { StoreChoice } from './store-choice.ts'

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

/**
 * Opens what was chosen. Whatever writes as it is opened comes after everything was looked at, so that a wrong setting
 * leaves no trace.
 * @throws {SheafServerError} `configuration`, one line that names the setting and says what to do, or what the folder says.
 */
export async function openStores(
  choice: StoreChoice,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<OpenStores> {
  const serverId = randomUUID()
  const opened: { close(): Promise<void> }[] = []
  const keep = <Opened extends { close(): Promise<void> }>(adapter: Opened): Opened => {
    opened.push(adapter)
    return adapter
  }
  const closeAll = async (): Promise<void> => {
    // The last one first: what was opened later may lean on what was there before.
    for (const one of opened.splice(0).reverse()) await one.close()
  }
  const onListenerError = (error: unknown): void =>
    log.error({ reason: reasonOf(error) }, 'a listener of announcements failed')
  try {
    const { dataDir, postgresUrl, mongodbUrl, redisUrl, redisPrefix } = choice
    const people = postgresUrl === null ? null : keep(await (await postgres()).openPostgres({ url: postgresUrl, log }))
    const documents = mongodbUrl === null ? null : keep(await (await mongo()).openMongo({ url: mongodbUrl, log }))
    const knownId = documents?.clusterId ?? null
    if (choice.kafka !== null) await (await kafka()).inspectKafka({ ...choice.kafka, clusterId: knownId ?? '', log })
    if (redisUrl !== null)
      await (await redis()).inspectRedis({ url: redisUrl, prefix: redisPrefix, clusterId: knownId })

    // Whoever shares the documents may not be the only server.
    const alone = documents === null
    const { openEmbeddedStores, openProcessStores } = await embedded()
    const folder = usesDataFolder(choice)
      ? keep(await openEmbeddedStores({ folder: dataDir, now: clock.now, alone, onListenerError }))
      : null
    const local = folder ?? openProcessStores({ alone, onListenerError })
    const clusterId = knownId ?? folder?.storeId ?? serverId
    const feed =
      choice.kafka === null ? null : keep(await (await kafka()).openKafka({ ...choice.kafka, clusterId, log }))
    const toRedis = { prefix: redisPrefix, clusterId, serverId, now: clock.now, log, onListenerError }
    const shared = redisUrl === null ? null : keep(await (await redis()).openRedis({ url: redisUrl, ...toRedis }))

    const { users, permissions, refreshTokens } = people?.ports ?? theFolder(folder)
    const { operations, versions, progress, locks, ...ofDocuments } = documents?.ports ?? theFolder(folder)
    const { cache, fanOut, attempts } = shared?.ports ?? local
    const essential = [people, documents].flatMap((adapter) => (adapter === null ? [] : [adapter.dependency]))
    const helpful = [shared, feed].flatMap((adapter) =>
      adapter === null ? [] : [{ ...adapter.dependency, onFailure: 'degraded' as const }],
    )
    let closing: Promise<void> | null = null
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
      dependencies: [...(folder?.dependencies ?? []), ...essential, ...helpful],
      close: () => (closing ??= closeAll()),
    }
    return { stores, serverId, folderSecret: folder === null ? null : () => folder.signingSecret() }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function theFolder<Folder>(folder: Folder | null): Folder {
  if (folder === null) throw new SheafServerError('internal', 'something is kept neither in a store nor in the folder')
  return folder
}

async function openBackend(options: SheafOptions, log: Log): Promise<Backend> {
  const { dataDir = EMBEDDED.dataDir, stores: choice, secrets } = options
  const { stores, serverId, folderSecret } = await openStores(
    { ...EMBEDDED, dataDir, ...choice },
    { clock: systemClock, log },
  )
  try {
    return assembleBackend({
      stores,
      serverId,
      secrets: secrets ?? (await secretOf(folderSecret)),
      options,
      clock: systemClock,
      log,
    })
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
  const lines: string[] = []
  if (postgresUrl !== null) lines.push(await (await postgres()).migratePostgres({ url: postgresUrl, log }))
  if (mongodbUrl !== null) lines.push(await (await mongo()).migrateMongo({ url: mongodbUrl, log }))
  if (kafkaChoice !== null) lines.push(await (await kafka()).migrateKafka({ ...kafkaChoice, clusterId: '', log }))
  if (usesDataFolder(choice)) lines.push(await migrateFolder(dataDir))
  return lines
}

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

/** One thing that was checked: what was found, or what is wrong and what to do. */
export interface Finding {
  readonly status: 'good' | 'bad'
  readonly line: string
}

/** Checks every store that was chosen, and changes nothing; what is wrong with one keeps none of the others from it. */
export async function examine(choice: StoreChoice, log: Log): Promise<Finding[]> {
  const { postgresUrl, mongodbUrl, redisUrl, redisPrefix, kafka: kafkaChoice } = choice
  const findings: Finding[] = []
  const look = async (find: () => Promise<string>): Promise<void> => {
    try {
      findings.push({ status: 'good', line: await find() })
    } catch (error) {
      if (!isServerError(error)) throw error
      findings.push({ status: 'bad', line: error.message })
    }
  }
  if (usesDataFolder(choice)) await look(() => examineFolder(choice.dataDir))
  if (postgresUrl !== null) await look(async () => (await postgres()).inspectPostgres({ url: postgresUrl, log }))
  if (mongodbUrl !== null) await look(async () => (await mongo()).inspectMongo({ url: mongodbUrl, log }))
  if (redisUrl !== null)
    await look(async () => (await redis()).inspectRedis({ url: redisUrl, prefix: redisPrefix, clusterId: null }))
  if (kafkaChoice !== null) await look(async () => (await kafka()).inspectKafka({ ...kafkaChoice, clusterId: '', log }))
  return findings
}

async function examineFolder(dataDir: string): Promise<string> {
  const { path, format, isInUse } = await (await embedded()).inspectDataFolder(dataDir)
  return format === null
    ? `There is no data in ${path} yet; the first start makes it.`
    : `The data in ${path} has format ${format}${isInUse ? ' and belongs to a running server' : ''}.`
}
