import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Absence, absences } from './absence.ts'
import { cacheFolder } from './cache.ts'
import { claim, release } from './claim.ts'
import { installPackages } from './debian.ts'
import { buildMongodb } from './go.ts'
import { downloadKafka } from './maven.ts'
import { ServiceError } from './service-error.ts'
import { becomesTrue } from './waiting.ts'

type Say = (line: string) => void

/** Another process that builds the same needs this long at most. */
const buildLimitMs = 900_000

/** What is neither in a Debian package nor started as it comes: it is made once, into the cache. */
const makers: Partial<Record<Absence['name'], (say: Say) => Promise<void>>> = {
  mongodb: buildMongodb,
  kafka: downloadKafka,
}

/**
 * Brings servers to this machine: packages where that is allowed, and what has to be downloaded and built.
 *
 * @param say is told of all that takes long or changes the machine
 * @returns those that cannot be had
 */
export async function provide(names: readonly Absence['name'][], say: Say): Promise<Absence[]> {
  await installPackages(names, say).catch((error: unknown) => {
    // What is missing now is told by name below; why apt did not bring it is told here.
    if (!(error instanceof ServiceError)) throw error
    say(error.message)
  })
  return makeParts(names, say)
}

/** Like `provide`, without packages. */
export async function makeParts(names: readonly Absence['name'][], say: Say): Promise<Absence[]> {
  const missing = await among(names)
  // What lacks a package cannot be made, or would not run.
  const makeable = missing.filter(({ lacking }) => lacking === 'part')
  if (makeable.length === 0) return missing
  const failures = await alone(() => Promise.all(makeable.map((absence) => make(absence, say))))
  const still = await among(names)
  return still.map((absence) => failures.find((failure) => failure?.name === absence.name) ?? absence)
}

/** @returns why it is still missing; null where it is not */
async function make(absence: Absence, say: Say): Promise<Absence | null> {
  // Somebody else may have made it while this process waited for its turn.
  if ((await among([absence.name])).length === 0) return null
  try {
    await makers[absence.name]?.(say)
    return null
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { ...absence, reason: error.message, remedy: error.remedy ?? absence.remedy }
  }
}

const among = async (names: readonly Absence['name'][]) =>
  (await absences()).filter((absence) => names.includes(absence.name))

/** Runs while no other process works in the cache. */
async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  mkdirSync(cacheFolder(), { recursive: true })
  const file = join(cacheFolder(), 'in-use')
  if (!(await becomesTrue(() => claim(file), buildLimitMs))) throw new ServiceError(`${file} does not become free`)
  try {
    return await work()
  } finally {
    release(file)
  }
}
