// Nothing that is committed names the machine it was written on, or holds a key.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { report } from './problems.mjs'

// Written so that this file does not hold what it looks for.
const forbidden = [
  ['a folder of somebody’s machine', /(?:^|[\s'"`(=:])\/(?:work|root|home|Users)\/[\w.-]+/],
  ['a folder of somebody’s machine', /\b[A-Z]:\\Users\\/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an unfinished place', /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/],
  ['a leftover of a merge', /^(?:<{7}|>{7}) /],
]
const binary = /\.(?:png|jpg|jpeg|gif|ico|woff2?|gz|mdb|bin)$/

const problems = []
const files = repositoryFiles().filter((path) => !binary.test(path))
for (const path of files) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  for (const [index, line] of lines.entries())
    for (const [what, pattern] of forbidden)
      if (pattern.test(line)) problems.push(`${path}:${index + 1}: ${what}: ${line.trim().slice(0, 160)}`)
}
report(problems, `${files.length} files hold no word that they must not.`)
