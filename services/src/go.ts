import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { cacheFolder, mongodbProgram, mongodbSource } from './cache.ts'
import { findProgram, output } from './program.ts'
import { ServiceError } from './service-error.ts'

/** The oldest Go that builds FerretDB. */
const oldest = 24

const remedy = 'install Go, https://go.dev/doc/install'

/** A Go for machines that have none; Go publishes itself as a module, which the proxies of modules serve. */
const toolchain = {
  version: 'v0.0.1-go1.24.13',
  sha256: { 'linux-x64': 'd2b048367a3d1a748b87f756fa06df12ce3b419e1d5f2a3612acb8950d615f9f' },
  platforms: { 'linux-x64': 'linux-amd64' },
} as const

/**
 * Builds the MongoDB-compatible server into the cache.
 *
 * @throws {ServiceError} where there is no Go and none can be had, or where the build fails
 */
export async function buildMongodb(say: (line: string) => void): Promise<void> {
  const program = mongodbProgram()
  const go = (await installedGo()) ?? (await downloadedGo(say))
  say('Building the MongoDB-compatible server, once (about a minute)…')
  const unfinished = `${program}.${process.pid}`
  // SQLite is the other half of FerretDB's size.
  const parameters = ['build', '-tags', 'ferretdb_no_sqlite', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, '.']
  await output(go, parameters, { cwd: mongodbSource, env: environment() })
  renameSync(unfinished, program)
}

/** All that Go writes stays in the cache. Without cgo it needs no C compiler. */
function environment(): NodeJS.ProcessEnv {
  const folder = join(cacheFolder(), 'go')
  return {
    ...process.env,
    GOPATH: folder,
    GOMODCACHE: join(folder, 'mod'),
    GOCACHE: join(folder, 'build'),
    GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
    CGO_ENABLED: '0',
  }
}

/** The system's Go, or the one that it downloads by itself where it is too old; null where neither will do. */
async function installedGo(): Promise<string | null> {
  const go = findProgram('go', ['/usr/local/go/bin'])
  if (go === null) return null
  try {
    const { stdout } = await output(go, ['env', 'GOVERSION'], { cwd: mongodbSource, env: environment() })
    return Number(/^go1\.(\d+)/.exec(stdout)?.[1]) >= oldest ? go : null
  } catch (error) {
    // An old Go refuses the go.mod of a newer one, which is an answer, too.
    if (error instanceof ServiceError) return null
    throw error
  }
}

async function downloadedGo(say: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder(), toolchain.version)
  const go = join(folder, 'bin', 'go')
  if (existsSync(go)) return go
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64') throw new ServiceError(`Go 1.${oldest} is not installed`, { remedy })
  say('Downloading Go, once (80 MB)…')
  const name = `${toolchain.version}.${toolchain.platforms[platform]}`
  const archive = await download(`${moduleProxy()}/golang.org/toolchain/@v/${name}.zip`)
  if (createHash('sha256').update(archive).digest('hex') !== toolchain.sha256[platform])
    throw new ServiceError(`the download of Go is not what it should be (${name})`)
  const unfinished = `${folder}.${process.pid}`
  unpack(archive, `golang.org/toolchain@${name}/`, unfinished)
  renameSync(unfinished, folder)
  return go
}

/** The first proxy of modules that the environment names; `direct` and `off` are none. */
function moduleProxy(): string {
  const named = (process.env['GOPROXY'] ?? '').split(/[,|]/).find((proxy) => /^https?:/.test(proxy))
  return (named ?? 'https://proxy.golang.org').replace(/\/$/, '')
}

async function download(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(300_000) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    // The address may hold a password of the proxy.
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError(`Go 1.${oldest} is not installed and cannot be downloaded: ${reason}`, {
      remedy,
      cause: error,
    })
  }
}

function unpack(archive: Uint8Array, prefix: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  // Its own tests are a third of it.
  const files = unzipSync(archive, { filter: ({ name }) => !/\/(test|testdata|api|doc)\//.test(name) })
  const folders = new Set<string>()
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name.slice(prefix.length))
    if (!folders.has(dirname(path))) mkdirSync(dirname(path), { recursive: true })
    folders.add(dirname(path))
    writeFileSync(path, bytes)
  }
  // A module's files have no permissions; these are its programs.
  const tools = join(folder, 'pkg', 'tool')
  const programs = [join(folder, 'bin'), ...readdirSync(tools).map((platform) => join(tools, platform))]
  for (const place of programs) for (const name of readdirSync(place)) chmodSync(join(place, name), 0o755)
}
