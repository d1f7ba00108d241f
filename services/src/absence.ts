import { existsSync } from 'node:fs'
import { kafkaLibraries, mongodbProgram } from './cache.ts'
import { findNginx } from './gateway.ts'
import { findJava, oldestJava } from './kafka.ts'
import { findPostgres } from './postgres.ts'
import { isProgram } from './program.ts'
import { findRedis } from './redis.ts'
import type { ServiceName } from './service.ts'

/** A server that cannot be had here, as things are. */
export interface Absence {
  readonly name: ServiceName | 'nginx'
  /** Such as `Redis is not installed`. */
  readonly reason: string
  /** The command that brings it. */
  readonly remedy: string
}

/** What cannot be had here, without installing or building anything. */
export async function absences(): Promise<Absence[]> {
  const found: Absence[] = []
  const miss = (name: Absence['name'], reason: string, remedy: string) => found.push({ name, reason, remedy })
  const withPostgres = findPostgres() !== null
  if (!withPostgres) {
    miss('postgres', 'PostgreSQL is not installed', 'apt-get install postgresql')
    miss('mongodb', 'it keeps its data in PostgreSQL, which is not installed', 'apt-get install postgresql')
  } else if (!isProgram(mongodbProgram())) {
    miss('mongodb', 'it is not built', 'npx pnpm services up mongodb')
  }
  if (findRedis() === null) miss('redis', 'Redis is not installed', 'apt-get install redis-server')
  if ((await findJava()) === null)
    miss('kafka', `Java ${oldestJava} is not installed`, `apt-get install openjdk-${oldestJava}-jre-headless`)
  else if (!existsSync(kafkaLibraries())) miss('kafka', 'it is not downloaded', 'npx pnpm services up kafka')
  if (findNginx() === null) miss('nginx', 'nginx is not installed', 'apt-get install nginx-light')
  return found
}
