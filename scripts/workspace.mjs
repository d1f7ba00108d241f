import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { packageFolders } from './files.mjs'
import { join } from 'node:path'
import { root, run } from './command.mjs'

const pnpm = 'pnpm@10.34.8'
const stampFile = join(root, 'node_modules', '.sheaf-installed')
/** pnpm's own record of what node_modules holds; it equals the lockfile after a complete install. */
const installedLockfile = join(root, 'node_modules', '.pnpm', 'lock.yaml')

const textOf = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  }
}

/** Everything that decides what an install puts into node_modules. */
function wanted() {
  const hash = createHash('sha256')
  hash.update(`${pnpm} ${process.platform} ${process.arch} ${process.versions.modules}`)
  for (const path of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests()])
    hash.update(`\0${path}\0${textOf(join(root, path)) ?? ''}`)
  return hash.digest('hex')
}

export const manifests = () => ['package.json', ...workspaceFolders().map((folder) => `${folder}/package.json`)]

/** The folders of all packages of the workspace, relative to the root. */
export const workspaceFolders = () =>
  packageFolders(['packages/*', 'apps/*', 'examples/*', 'e2e', 'bench', 'docs', 'services', 'deploy'])

function isInstalled() {
  if (textOf(stampFile) !== wanted()) return false
  if (textOf(installedLockfile) !== textOf(join(root, 'pnpm-lock.yaml'))) return false
  // A package that somebody cleaned by hand has lost its links, and no stamp says so.
  return workspaceFolders().every((folder) => isLinked(folder))
}

function isLinked(folder) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(textOf(join(root, folder, 'package.json')))
  return Object.keys({ ...dependencies, ...devDependencies }).every(
    (name) => textOf(join(root, folder, 'node_modules', name, 'package.json')) !== null,
  )
}

/** Brings node_modules to what the lockfile says; does nothing where it is there already. */
export async function install() {
  if (isInstalled()) return
  console.log('Installing dependencies…')
  await run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'], { show: 'on-failure' })
  writeFileSync(stampFile, wanted())
}

/**
 * Builds a package and all that it is made of, or everything; what did not change since the last build is taken from the cache.
 *
 * @param {string} [name] a package of the workspace; default: all
 */
export async function build(name) {
  console.log(name === undefined ? 'Building…' : `Building ${name}…`)
  const filter = name === undefined ? [] : [`--filter=${name}...`]
  await run('turbo', ['run', 'build', ...filter, '--output-logs=errors-only'], { show: 'on-failure' })
}
