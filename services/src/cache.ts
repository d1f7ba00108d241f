import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the servers are made from: the source of one, the list of jars of the other. */
export const mongodbSource = join(root, 'services', 'ferretdb')
export const kafkaSource = join(root, 'services', 'kafka')

/** Everything that is downloaded or built: `TEST_SERVICES_CACHE`, which may be kept between runs; default: in the project. */
export function cacheFolder(): string {
  const chosen = process.env['TEST_SERVICES_CACHE']
  return chosen === undefined || chosen === '' ? join(root, '.services', 'cache') : resolve(root, chosen)
}

/** The program of the MongoDB-compatible server, which is there once it was built. What it is made of is in its name. */
export function mongodbProgram(): string {
  const made = fingerprint(['go.mod', 'go.sum', 'main.go'].map((name) => join(mongodbSource, name)))
  return join(cacheFolder(), `mongodb-${process.platform}-${process.arch}-${made}`)
}

/** The folder of Kafka's jars, which is there once they were downloaded. */
export const kafkaLibraries = () => join(cacheFolder(), `kafka-${fingerprint([join(kafkaSource, 'pom.xml')])}`)

function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file)).update('\0')
  return hash.digest('hex').slice(0, 12)
}
