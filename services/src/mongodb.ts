import { join } from 'node:path'
import { mongodbProgram } from './cache.ts'
import { reservePort } from './port.ts'
import { postgresCluster } from './postgres.ts'
import { isProgram } from './program.ts'
import { ask } from './question.ts'
import { ServiceError } from './service-error.ts'
import type { Recipe } from './service.ts'

/** FerretDB, which speaks MongoDB's protocol, on a PostgreSQL of its own: each of the two databases fails for itself. */
/** Of the 300 that its PostgreSQL takes. */
const MOST_CONNECTIONS = 250

export async function mongodbRecipe(folder: string): Promise<Recipe> {
  const program = mongodbProgram()
  if (!isProgram(program)) throw new ServiceError('the MongoDB-compatible server is not built')
  const cluster = await postgresCluster(folder, 'mongodb-storage')
  const port = await reservePort()
  const setting = `mongodb://127.0.0.1:${port}/sheaf`
  return {
    name: 'mongodb',
    setting,
    ports: [cluster.port, port],
    prepare: () => cluster.prepare(),
    stages: [
      cluster.stage,
      {
        launch: {
          label: 'mongodb',
          program,
          parameters: [],
          folder: join(folder),
          environment: {
            MONGODB_ADDRESS: `127.0.0.1:${port}`,
            // An insert takes two of these at a time: where all are taken by first ones, nothing ever moves again.
            MONGODB_POSTGRES_URL: `${cluster.url}?pool_max_conns=${MOST_CONNECTIONS}`,
          },
          stopSignal: 'SIGTERM',
        },
        ask: () => ask('mongodb', setting),
      },
    ],
  }
}
