import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGuard } from './guard.ts'
import { kafkaRecipe } from './kafka.ts'
import { mongodbRecipe } from './mongodb.ts'
import { releasePort } from './port.ts'
import { postgresRecipe } from './postgres.ts'
import { redisRecipe } from './redis.ts'
import { ServiceError } from './service-error.ts'
import { type Recipe, RunningService, type Service, type ServiceName } from './service.ts'

/** Servers that belong to the one who started them. */
export interface Services {
  /** Their data and logs. */
  readonly folder: string
  /** The settings of all of them together. */
  readonly settings: Record<string, string>
  /** @throws {ServiceError} where it was not among those that were started */
  get(name: ServiceName): Service
  /** Ends them and removes their data. */
  stop(): Promise<void>
}

const recipes: Record<ServiceName, (folder: string) => Promise<Recipe>> = {
  postgres: postgresRecipe,
  mongodb: mongodbRecipe,
  redis: redisRecipe,
  kafka: kafkaRecipe,
}

/** The recipe of a server with its data in a folder of its own. */
export const recipeOf = (name: ServiceName, folder: string) => recipes[name](join(folder, name))

/** A new folder that servers of another user may enter, too. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-services-'))
  chmodSync(folder, 0o755)
  return folder
}

/**
 * Starts servers for a test that breaks them; it has to stop them, and if it dies before, they end with it.
 * Nothing is installed or built: `absences` tells beforehand what cannot be had.
 *
 * @throws {ServiceError} where one is missing or does not start
 */
export async function startServices(names: readonly ServiceName[]): Promise<Services> {
  const folder = newFolder()
  const guard = startGuard(folder)
  const made: { recipe: Recipe; service: RunningService }[] = []
  const stop = async () => {
    // Their data goes in a moment, so there is nothing that they would have to put in order.
    await Promise.all(made.map(({ service }) => service.kill('SIGKILL')))
    await guard.close()
    for (const { recipe } of made) for (const port of recipe.ports) releasePort(port)
  }
  try {
    for (const name of new Set(names)) {
      const recipe = await recipeOf(name, folder)
      made.push({ recipe, service: new RunningService(recipe, guard) })
    }
    await Promise.all(made.map(({ service }) => service.start()))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    folder,
    settings: Object.assign({}, ...made.map(({ service }) => service.settings)),
    get(name) {
      const found = made.find(({ service }) => service.name === name)
      if (found === undefined) throw new ServiceError(`${name} was not started`)
      return found.service
    },
    stop,
  }
}
