// The lockfile installs from whatever registry a machine is set up for, so it names none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { report } from './problems.mjs'

const address = /https?:\/\/|^\s*tarball:|git\+|registry\./
const otherLockfile = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|bun\.lockb?)$/

const problems = []
for (const path of repositoryFiles()) {
  if (otherLockfile.test(path)) problems.push(`${path}: the lockfile is pnpm-lock.yaml`)
  if (!/(^|\/)(pnpm-lock\.yaml|\.npmrc)$/.test(path)) continue
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  for (const [index, line] of lines.entries())
    if (address.test(line)) problems.push(`${path}:${index + 1}: an address: ${line.trim()}`)
}
report(problems, 'The lockfile names no registry.')
