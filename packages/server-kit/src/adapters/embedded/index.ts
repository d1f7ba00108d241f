import { randomUUID } from 'node:crypto'
import { SheafServerError } from '../../errors.ts'
import type { Dependency, Stores } from '../../ports.ts'
import { EmbeddedAttemptCounter } from './attempts.ts'
import { EmbeddedSnapshotCache } from './cache.ts'
import { DataFolder, STORE_FORMAT } from './data-folder.ts'
import { EmbeddedDocumentStore } from './documents.ts'
import { Environment } from './environment.ts'
import type { Table } from './environment.ts'
import { EmbeddedFanOut } from './fan-out.ts'
import { EmbeddedLockStore } from './locks.ts'
import { EmbeddedOperationLog } from './operations.ts'
import { EmbeddedPermissionStore } from './permissions.ts'
import { EmbeddedProgressStore } from './progress.ts'
import { EmbeddedRefreshTokenStore } from './refresh-tokens.ts'
import { EmbeddedUserStore } from './users.ts'
import { EmbeddedVersionStore } from './versions.ts'

export { STORE_FORMAT, inspectDataFolder } from './data-folder.ts'

export interface EmbeddedOptions {
  /** The folder; made where it does not exist. */
  readonly folder: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Memory for snapshots. Default 64 MiB. */
  readonly cacheBytes?: number
  /**
   * Whether this server is the only one on its documents. Default true. False where they are in a store that other
   * servers may use too, though none of them can be heard: `fanOut.reach()` says `cut` then.
   */
  readonly alone?: boolean
  /** Hears of a listener of announcements that throws. */
  readonly onListenerError: (error: unknown) => void
}

export interface EmbeddedStores extends Stores {
  /** Identifies what is stored here; made at the first start and kept. A copy of the folder has the same one. */
  readonly storeId: string
  /** Secret for signing tokens, made at the first start and kept in the folder. */
  signingSecret(): Promise<Uint8Array>
}

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024

/** What a server keeps in its own memory: all that is needed of this adapter where nothing is kept in a folder. */
export const openProcessStores = (
  options: Pick<EmbeddedOptions, 'cacheBytes' | 'alone' | 'onListenerError'>,
): Pick<Stores, 'cache' | 'fanOut' | 'attempts'> => ({
  cache: new EmbeddedSnapshotCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES),
  fanOut: new EmbeddedFanOut(options.onListenerError, options.alone ?? true),
  attempts: new EmbeddedAttemptCounter(),
})

/**
 * Everything durable in one folder, in this process.
 * @throws {SheafServerError} `folder-in-use`, `folder-unusable`, `format-unknown` or `store-damaged`.
 */
export async function openEmbeddedStores(options: EmbeddedOptions): Promise<EmbeddedStores> {
  const folder = await DataFolder.take(options.folder)
  try {
    return await compose(folder, options)
  } catch (error) {
    await folder.leave()
    throw error
  }
}

async function compose(folder: DataFolder, options: EmbeddedOptions): Promise<EmbeddedStores> {
  const environment = openEnvironment(folder)
  const state = environment.table('store')
  const epoch = await nextEpoch(environment, state)
  const storeId = await identify(environment, state)
  const documents = new EmbeddedDocumentStore(environment)
  const versions = new EmbeddedVersionStore(environment)
  await versions.removeUnfinished()
  if (folder.format !== STORE_FORMAT) await folder.markFormat()

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    try {
      await documents.close()
    } finally {
      await environment.close()
      await folder.leave()
    }
  }
  return {
    ...openProcessStores(options),
    storeId,
    documents,
    versions,
    operations: new EmbeddedOperationLog(environment),
    progress: new EmbeddedProgressStore(environment),
    locks: new EmbeddedLockStore(epoch),
    feed: null,
    users: new EmbeddedUserStore(environment),
    permissions: new EmbeddedPermissionStore(environment),
    refreshTokens: new EmbeddedRefreshTokenStore(environment, options.now),
    dependencies: [storeHealth(environment, state)],
    signingSecret: () => folder.signingSecret(),
    close: () => (closing ??= close()),
  }
}

function openEnvironment(folder: DataFolder): Environment {
  try {
    return new Environment(folder.storePath)
  } catch (error) {
    throw new SheafServerError(
      'store-damaged',
      `the store in ${folder.path} cannot be opened (${(error as Error).message}); restore it from a backup`,
      { cause: error },
    )
  }
}

/** How often the folder was opened: fences of locks grow with it. Writing it shows that the store takes writes. */
async function nextEpoch(environment: Environment, state: Table): Promise<number> {
  const epoch = (state.getJson<number>(['epoch']) ?? 0) + 1
  await environment.commit([state.putJson(['epoch'], epoch)])
  return epoch
}

async function identify(environment: Environment, state: Table): Promise<string> {
  const known = state.getJson<string>(['id'])
  if (known !== null) return known
  const id = randomUUID()
  await environment.commit([state.putJson(['id'], id)])
  return id
}

/** Ready means that it takes writes: a full disk still reads. */
const storeHealth = (environment: Environment, state: Table): Dependency => ({
  name: 'store',
  check: () => environment.commit([state.putJson(['health'], null)]),
})
