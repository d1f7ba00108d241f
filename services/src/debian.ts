import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaLibraries, mongodbProgram } from './cache.ts'
import { findNginx } from './gateway.ts'
import { findJava } from './kafka.ts'
import { findPostgres } from './postgres.ts'
import { findProgram, isProgram, output } from './program.ts'
import { findRedis } from './redis.ts'
import type { Absence } from './absence.ts'

const script = fileURLToPath(new URL('../debian.sh', import.meta.url))

/** Packages to install; of several in one entry the first that this Debian has. */
type Packages = readonly (readonly string[])[]

/**
 * Installs the Debian packages that the servers need and that are missing, where that may be done without asking:
 * as root, or on a CI machine. It says so first.
 *
 * @throws {ServiceError} where apt fails
 */
export async function installPackages(names: readonly Absence['name'][], say: (line: string) => void): Promise<void> {
  if (!mayInstall()) return
  const packages = await missingPackages(names)
  if (packages.length === 0) return
  say(`Missing for the tests: apt-get install ${packages.map(([first]) => first).join(' ')}`)
  const parameters = [script, ...packages.map((choice) => choice.join('|'))]
  if (userInfo().uid === 0) await output('sh', parameters)
  else await output('sudo', ['-n', 'sh', ...parameters])
}

function mayInstall(): boolean {
  if (findProgram('apt-get') === null) return false
  return userInfo().uid === 0 || process.env['CI'] === 'true'
}

async function missingPackages(names: readonly Absence['name'][]): Promise<Packages> {
  const wants = (name: Absence['name']) => names.includes(name)
  const packages: (readonly string[])[] = []
  if ((wants('postgres') || wants('mongodb')) && findPostgres() === null) packages.push(['postgresql'])
  if (wants('redis') && findRedis() === null) packages.push(['redis-server'])
  if (wants('nginx') && findNginx() === null) packages.push(['nginx-light', 'nginx'])
  if (wants('kafka') && (await findJava()) === null)
    packages.push(['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'default-jre-headless'])
  if (wants('kafka') && !existsSync(kafkaLibraries()) && findProgram('mvn') === null) packages.push(['maven'])
  // Go reads the system's certificates to trust what it downloads.
  const certificates = join('/etc/ssl/certs', 'ca-certificates.crt')
  if (wants('mongodb') && !isProgram(mongodbProgram()) && !existsSync(certificates)) packages.push(['ca-certificates'])
  return packages
}
