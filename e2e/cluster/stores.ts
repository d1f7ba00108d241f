import { randomBytes } from 'node:crypto'
import { sharedSetting } from '@sheaf/services'
import type { ServiceName, Services } from '@sheaf/services'
import { Client } from 'pg'

const SERVICES: readonly ServiceName[] = ['postgres', 'mongodb', 'redis', 'kafka']

/** The real servers that are shared by all tests, as settings; what is missing is named. */
export function sharedStores(): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const name of SERVICES) {
    const value = sharedSetting(name)
    if (value === null) throw new Error(`there is no ${name}: start the real servers with "pnpm services up"`)
    Object.assign(settings, { [SETTING_OF[name]]: value })
  }
  return settings
}

const SETTING_OF: Readonly<Record<ServiceName, string>> = {
  postgres: 'SHEAF_POSTGRES_URL',
  mongodb: 'SHEAF_MONGODB_URL',
  redis: 'SHEAF_REDIS_URL',
  kafka: 'SHEAF_KAFKA_BROKERS',
}

/** Whether all of them can be had. */
export const hasSharedStores = (): boolean => SERVICES.every((name) => sharedSetting(name) !== null)

/** The same servers with a database, a prefix and a topic that nobody else uses. */
export async function ownCorner(settings: Services['settings']): Promise<Record<string, string>> {
  const name = `sheaf_${randomBytes(6).toString('hex')}`
  const { SHEAF_POSTGRES_URL: postgres, SHEAF_MONGODB_URL: mongodb } = settings
  const own: Record<string, string> = { ...settings, SHEAF_REDIS_PREFIX: name, SHEAF_KAFKA_TOPIC: name }
  if (postgres !== undefined) {
    await createDatabase(postgres, name)
    own['SHEAF_POSTGRES_URL'] = inDatabase(postgres, name)
  }
  if (mongodb !== undefined) own['SHEAF_MONGODB_URL'] = inDatabase(mongodb, name)
  return own
}

function inDatabase(address: string, database: string): string {
  const url = new URL(address)
  url.pathname = `/${database}`
  return url.href
}

async function createDatabase(address: string, name: string): Promise<void> {
  const client = new Client({ connectionString: address })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
  } finally {
    await client.end()
  }
}
