import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from './command.mjs'

const generated = new Set([
  'node_modules',
  'dist',
  '.git',
  '.turbo',
  '.cache',
  '.next',
  '.nuxt',
  '.output',
  '.sheaf',
  '.services',
  'test-results',
  'playwright-report',
])

/** Every file of the repository that is, or could be, committed; relative to the root, with `/`. */
export function repositoryFiles() {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const paths = listed.toString('utf8').split('\0').filter(Boolean)
    return [...new Set(paths)].filter((path) => existsSync(join(root, path))).toSorted()
  } catch {
    // An unpacked archive has no .git, and a bare machine may have no git: the folders say the same.
    return walk(root)
      .map((path) => relative(root, path).split(sep).join('/'))
      .toSorted()
  }
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (generated.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

/** The folders that have a package.json, where a pattern may end with `/*`. */
export function packageFolders(patterns) {
  return patterns
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern]
      const parent = pattern.slice(0, -2)
      return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
    })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .toSorted()
}
