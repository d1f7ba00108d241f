import type { ContractCase } from './contract.ts'
import { documentStoreContract } from './document-store-contract.ts'
import { operationLogContract } from './operation-log-contract.ts'
import { permissionStoreContract, refreshTokenStoreContract, userStoreContract } from './people-contract.ts'
import { versionStoreContract } from './version-store-contract.ts'
import {
  attemptCounterContract,
  fanOutContract,
  lockStoreContract,
  progressStoreContract,
  snapshotCacheContract,
} from './working-together-contract.ts'

export type { ContractCase, StoresUnderTest } from './contract.ts'
export { fanOutBetweenServersContract, type TwoServersCase } from './working-together-contract.ts'

/** What each port promises, as cases to run against an adapter of one's own. */
export const contracts = {
  operations: operationLogContract,
  documents: documentStoreContract,
  versions: versionStoreContract,
  progress: progressStoreContract,
  locks: lockStoreContract,
  cache: snapshotCacheContract,
  fanOut: fanOutContract,
  users: userStoreContract,
  permissions: permissionStoreContract,
  refreshTokens: refreshTokenStoreContract,
  attempts: attemptCounterContract,
} as const satisfies Record<string, readonly ContractCase[]>

export { createMemoryStores, MemoryBus } from './memory-stores.ts'
export type { AppendFault, MemoryOptions, MemoryStores } from './memory-stores.ts'
export { createMemoryFeed, type MemoryFeed, type MemoryFeedOptions } from './memory-feed.ts'
export { operationFeedContract, type FeedContractCase, type FeedUnderTest } from './operation-feed-contract.ts'
