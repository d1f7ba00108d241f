import { chmodSync, chownSync, mkdirSync, appendFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Launch, Owner } from './process.ts'
import { findProgram, output, versionsIn } from './program.ts'
import { ask } from './question.ts'
import { reservePort } from './port.ts'
import { ServiceError } from './service-error.ts'
import type { Recipe, Stage } from './service.ts'

/** A server that refuses to run as root, so root has to start it as Debian's `postgres`. */
const ownerName = 'postgres'

/** The folder of PostgreSQL's programs; null where it is not installed. */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql'
  const folders = versionsIn(debian).map((version) => join(debian, version, 'bin'))
  const path = findProgram('initdb', folders)
  return path === null ? null : path.slice(0, -'/initdb'.length)
}

export interface PostgresCluster {
  readonly url: string
  readonly port: number
  prepare(): Promise<void>
  readonly stage: Stage
}

/**
 * A cluster of PostgreSQL in a folder of its own. It keeps its promise of durability: what is committed was handed to
 * the disk.
 *
 * @param label tells it from others in messages and in the name of its log
 */
export async function postgresCluster(folder: string, label = 'postgres'): Promise<PostgresCluster> {
  const programs = findPostgres()
  if (programs === null) throw new ServiceError('PostgreSQL is not installed')
  const port = await reservePort()
  const url = `postgres://sheaf@127.0.0.1:${port}/postgres`
  const owner = await ownerOfCluster()
  const data = join(folder, 'data')
  const how: Launch = {
    label,
    program: join(programs, 'postgres'),
    parameters: ['-D', data],
    folder,
    owner,
    // Ends the sessions; the other one would wait for the clients to go.
    stopSignal: 'SIGINT',
  }
  return {
    url,
    port,
    async prepare() {
      mkdirSync(folder, { recursive: true })
      chmodSync(folder, 0o755)
      if (owner !== null) chownSync(folder, owner.uid, owner.gid)
      const encoding = ['-A', 'trust', '-U', 'sheaf', '-E', 'UTF8', '--locale=C.UTF-8']
      // The empty cluster need not survive a power cut; what is committed later must, so fsync stays on for the server.
      await output(join(programs, 'initdb'), [...encoding, '--no-sync', '--no-instructions', '-D', data], {
        ...owner,
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8' },
      })
      appendFileSync(join(data, 'postgresql.conf'), configuration(port))
    },
    stage: { launch: how, ask: () => ask('postgres', url) },
  }
}

export async function postgresRecipe(folder: string): Promise<Recipe> {
  const cluster = await postgresCluster(folder)
  return {
    name: 'postgres',
    setting: cluster.url,
    ports: [cluster.port],
    prepare: () => cluster.prepare(),
    stages: [cluster.stage],
  }
}

const configuration = (port: number) => `
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
max_connections = 300
# Many test files at once, on a small machine.
jit = off
shared_buffers = 64MB
# A checkpoint in the middle of a test is only noise.
checkpoint_timeout = 1h
`

async function ownerOfCluster(): Promise<Owner | null> {
  if (userInfo().uid !== 0) return null
  const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')])
  return { uid, gid }
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  const { stdout } = await output('id', [which, ownerName])
  return Number(stdout)
}
