import { SheafServerError } from '../../errors.ts'
import { explain, parseAddress, refusal } from './address.ts'
import type { RedisAddress } from './address.ts'
import { usedByAnother } from './claim.ts'
import { createClient, within } from './connection.ts'
import { keysUnder } from './keys.ts'

export interface Inspected {
  /** For people. */
  readonly line: string
  readonly warnings: readonly string[]
}

export interface InspectOptions {
  readonly url: string
  readonly prefix: string
  /** Null where the cluster has no id yet. */
  readonly clusterId: string | null
}

const LEAST_VERSION = 6
const INSPECT_MS = 5_000
/** Part of the memory from which on a Redis that evicts nothing is about to refuse writes. */
const NEARLY_FULL = 0.9

/** Looks whether a Redis can be used, and changes nothing. @throws {SheafServerError} `configuration` */
export async function inspect({ url, prefix, clusterId }: InspectOptions): Promise<Inspected> {
  const address = parseAddress(url)
  if (!/^[\w.:-]{1,64}$/.test(prefix))
    throw new SheafServerError(
      'configuration',
      'SHEAF_REDIS_PREFIX: must be 1 to 64 letters, digits or characters of "_.:-"',
    )
  const client = createClient(address, { name: 'sheaf-inspect', socketTimeout: INSPECT_MS, retryStrategy: () => null })
  let reason: unknown = null
  client.on('error', (error: unknown) => {
    reason ??= error
  })
  const look = async (): Promise<Inspected> => {
    await client.connect()
    const server = judgeServer(readInfo(await client.info()), address)
    const owner = await client.get(keysUnder(prefix).cluster)
    if (owner !== null && clusterId !== null && owner !== clusterId) throw usedByAnother(prefix)
    const whose = owner === null ? 'not used yet' : clusterId === null ? 'used by a cluster' : 'used by this cluster'
    return { line: `${server.line}; prefix "${prefix}" is ${whose}`, warnings: server.warnings }
  }
  try {
    return await within(INSPECT_MS, look())
  } catch (error) {
    if (error instanceof SheafServerError) throw error
    throw refusal(explain(reason ?? error, address), error)
  } finally {
    client.disconnect()
  }
}

/** What `INFO` says, by name. */
export const readInfo = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(':')
      return at <= 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    }),
  )

/** @throws {SheafServerError} `configuration`, where Sheaf cannot work with such a server. */
export function judgeServer(info: ReadonlyMap<string, string>, { shown }: Pick<RedisAddress, 'shown'>): Inspected {
  const version = info.get('redis_version') ?? 'of an unknown version'
  const major = Number.parseInt(version, 10)
  if (major < LEAST_VERSION)
    throw refusal(`${shown} is Redis ${version}; Sheaf needs ${LEAST_VERSION}.0 or later, so update it`)
  if (info.get('redis_mode') === 'sentinel')
    throw refusal(`${shown} is a Sentinel, which stores nothing; give the address of the primary`)
  if (info.get('cluster_enabled') === '1')
    throw refusal(`${shown} is a node of a Redis Cluster, which is not supported; give the address of a single Redis`)
  if (info.get('role') === 'slave') throw refusal(`${shown} is a read-only replica; give the address of the primary`)
  const used = Number(info.get('used_memory') ?? 0)
  const most = Number(info.get('maxmemory') ?? 0)
  const isNearlyFull = most > 0 && used > most * NEARLY_FULL && info.get('maxmemory_policy') === 'noeviction'
  return {
    line: `Redis ${version} at ${shown}`,
    warnings: isNearlyFull
      ? [
          'SHEAF_REDIS_URL: the memory of this Redis is nearly full and it evicts nothing; set maxmemory-policy to allkeys-lru',
        ]
      : [],
  }
}
