import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, kafkaLibraries, kafkaSource } from './cache.ts'
import { findProgram, output } from './program.ts'
import { ServiceError } from './service-error.ts'

/**
 * Downloads Kafka's jars into the cache.
 *
 * @throws {ServiceError} where there is no Maven, or where it fails
 */
export async function downloadKafka(say: (line: string) => void): Promise<void> {
  const maven = findProgram('mvn')
  if (maven === null)
    throw new ServiceError('it is downloaded with Maven, which is not installed', { remedy: 'apt-get install maven' })
  say('Downloading Kafka, once (45 MB)…')
  const libraries = kafkaLibraries()
  const unfinished = `${libraries}.${process.pid}`
  const where = ['-f', join(kafkaSource, 'pom.xml'), `-Dmaven.repo.local=${join(cacheFolder(), 'maven')}`]
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime']
  await output(maven, ['-q', '-B', ...where, ...copy], { cwd: cacheFolder() })
  if (existsSync(libraries)) rmSync(libraries, { recursive: true })
  renameSync(unfinished, libraries)
}
