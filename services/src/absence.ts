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
  /** What is lacking: something to install, or what `pnpm services up` downloads and builds. */
  readonly lacking: 'package' | 'part'
}

/** What cannot be had here, without installing or building anything. */
export async function absences(): Promise<Absence[]> {
  const found: Absence[] = []
  const lacksPackage = (name: Absence['name'], reason: string, packageName: string) =>
    found.push({ name, reason, remedy: `apt-get install ${packageName}`, lacking: 'package' })
  const lacksPart = (name: ServiceName, reason: string) =>
    found.push({ name, reason, remedy: `npx pnpm services up ${name}`, lacking: 'part' })
  const withPostgres = findPostgres() !== null
  if (!withPostgres) {
    lacksPackage('postgres', 'PostgreSQL is not installed', 'postgresql')
    lacksPackage('mongodb', 'it keeps its data in PostgreSQL, which is not installed', 'postgresql')
  } else if (!isProgram(mongodbProgram())) {
    lacksPart('mongodb', 'it is not built')
  }
  if (findRedis() === null) lacksPackage('redis', 'Redis is not installed', 'redis-server')
  if ((await findJava()) === null)
    lacksPackage('kafka', `Java ${oldestJava} is not installed`, `openjdk-${oldestJava}-jre-headless`)
  else if (!existsSync(kafkaLibraries())) lacksPart('kafka', 'it is not downloaded')
  if (findNginx() === null) lacksPackage('nginx', 'nginx is not installed', 'nginx-light')
  return found
}
