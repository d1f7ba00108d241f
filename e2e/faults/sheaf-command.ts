import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const serverKit = new URL('../../packages/server-kit/', import.meta.url)
const source = fileURLToPath(new URL('src/cli.ts', serverKit))
const built = fileURLToPath(new URL('dist/cli.js', serverKit))

/**
 * The arguments for Node that run the command `sheaf`: what ships (`built`, after a build), or the sources as they are.
 * @throws where the built command is asked for and is not there.
 */
export function sheafCommand(from: 'built' | 'source'): readonly string[] {
  if (from === 'source') return ['--import', import.meta.resolve('tsx'), '--conditions=@sheaf/source', source]
  if (!existsSync(built)) throw new Error('the server is not built: run the build first')
  return [built]
}

/** The same for `sheaf serve`. */
export const sheafServe = (from: 'built' | 'source'): readonly string[] => [...sheafCommand(from), 'serve']

/** The environment without settings of Sheaf: those of whoever runs the tests are not meant for what they start. */
export const surroundings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SHEAF_')))

/**
 * The environment for a server of a test: alone in this folder, on this port, and with limits on requests that a load from
 * one address does not meet. Settings of the surroundings are not passed on.
 */
export function sheafEnvironment(folder: string, port: number): NodeJS.ProcessEnv {
  return {
    ...surroundings(),
    NODE_ENV: 'production',
    SHEAF_HOST: '127.0.0.1',
    SHEAF_PORT: String(port),
    SHEAF_DATA_DIR: folder,
    SHEAF_JWT_SECRET: 'a secret for tests only: thirty-two bytes and more',
    SHEAF_REQUESTS_PER_MINUTE: '1000000',
    SHEAF_LOG_LEVEL: 'warn',
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}
