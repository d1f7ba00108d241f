import type { Redis } from 'ioredis'
import type { SheafServerError } from '../../errors.ts'
import { refusal } from './address.ts'
import type { Keys } from './keys.ts'

/** One cluster for each prefix: two would hear each other and count each other's attempts. */
export const usedByAnother = (prefix: string): SheafServerError =>
  refusal(
    `this Redis is used by another Sheaf cluster under the prefix "${prefix}"; give each cluster its own SHEAF_REDIS_PREFIX or its own Redis`,
  )

/**
 * Writes down whose the prefix is, where nobody has; Redis may have lost it with all else.
 * @throws {SheafServerError} `configuration`, where it is another cluster's.
 */
export async function claim(client: Redis, keys: Keys, prefix: string, clusterId: string): Promise<void> {
  for (;;) {
    if ((await client.set(keys.cluster, clusterId, 'NX')) === 'OK') return
    const owner = await client.get(keys.cluster)
    if (owner === clusterId) return
    // Gone between the two: asked again.
    if (owner !== null) throw usedByAnother(prefix)
  }
}
