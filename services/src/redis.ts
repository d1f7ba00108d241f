import { mkdirSync } from 'node:fs'
import { reservePort } from './port.ts'
import { findProgram } from './program.ts'
import { ask } from './question.ts'
import { ServiceError } from './service-error.ts'
import type { Recipe } from './service.ts'

export const findRedis = () => findProgram('redis-server')

/** A Redis without a disk: after a restart it is empty, so a test that needs what was in it finds that out. */
export async function redisRecipe(folder: string): Promise<Recipe> {
  const program = findRedis()
  if (program === null) throw new ServiceError('Redis is not installed')
  const port = await reservePort()
  const setting = `redis://127.0.0.1:${port}`
  const network = ['--port', String(port), '--bind', '127.0.0.1']
  const storage = ['--save', '', '--appendonly', 'no', '--dir', folder]
  return {
    name: 'redis',
    setting,
    ports: [port],
    async prepare() {
      mkdirSync(folder, { recursive: true })
    },
    stages: [
      {
        launch: {
          label: 'redis',
          program,
          parameters: [...network, ...storage],
          folder,
          stopSignal: 'SIGTERM',
        },
        ask: () => ask('redis', setting),
      },
    ],
  }
}
