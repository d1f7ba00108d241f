// What a package's manifest promises to those who install it: publint on the manifest, attw on the types of every entry.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, run } from './command.mjs'
import { report } from './problems.mjs'
import { publishedPackages } from './published.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'sheaf-pack-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

const problems = []
async function examine(program, parameters, cwd) {
  await run(program, parameters, { show: 'on-failure', cwd }).catch((error) => {
    if (!(error instanceof CommandError)) throw error
    problems.push(`${error.message}\n${error.output.trimEnd()}`)
  })
}

/** Entries that are no code: there are no types to look for. */
const withoutTypes = ({ exports }) => Object.keys(exports).filter((path) => path.endsWith('.css'))

for (const { name, folder, manifest } of publishedPackages()) {
  const tarball = join(scratch, `${name.replace('/', '-')}.tgz`)
  // pnpm packs, because it writes real versions where the workspace says `workspace:*`.
  await run('pnpm', ['pack', '--out', tarball], { show: 'on-failure', cwd: folder })
  await examine('publint', ['run', tarball, '--strict'], folder)
  const excluded = withoutTypes(manifest).flatMap((path) => ['--exclude-entrypoints', path])
  await examine('attw', [tarball, '--profile', 'esm-only', '--no-emoji', ...excluded], folder)
}
report(problems, 'Every package is in order for those who install it.')
