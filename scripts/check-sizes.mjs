// What a package costs those who take it: every entry loads in Node, and no bundle or tarball is larger than it may be.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tsImport } from 'tsx/esm/api'
import { run } from './command.mjs'
import { report } from './problems.mjs'
import { publishedPackages } from './published.mjs'

const kilobyte = 1024

/** Largest tarball of each package, in bytes. It holds the sources and source maps beside the code. */
const tarballLimits = {
  '@sheaf/protocol': 120 * kilobyte,
  '@sheaf/client-sdk': 440 * kilobyte,
  '@sheaf/react': 120 * kilobyte,
  '@sheaf/vue': 120 * kilobyte,
  '@sheaf/server-kit': 560 * kilobyte,
}

/** Bindings are measured without it: an application has it once. */
const client = ['@sheaf/client-sdk', '@sheaf/client-sdk/*']

/**
 * What an application's bundle grows by, measured as the benchmark measures Sheaf beside its peers: minified and compressed,
 * without what the application brings itself. A limit is what has been reached, and is raised only for a feature that is worth it, in a commit of its own. Null: only told.
 */
const bundles = [
  {
    title: 'client core',
    from: '@sheaf/client-sdk',
    code: "export { createSheafClient } from './dist/index.js'",
    limit: 21.9 * kilobyte,
  },
  {
    title: 'client core and editor with ProseMirror',
    from: '@sheaf/client-sdk',
    code: "export { createSheafClient } from './dist/index.js'; export { createEditor } from './dist/editor.js'",
    limit: 129.5 * kilobyte,
  },
  {
    title: '@sheaf/client-sdk/testing',
    from: '@sheaf/client-sdk',
    code: "export * from './dist/testing.js'",
    limit: null,
  },
  {
    title: '@sheaf/react without the client',
    from: '@sheaf/react',
    code: "export * from './dist/index.js'",
    external: client,
    limit: 6 * kilobyte,
  },
  {
    title: '@sheaf/react/suspense without the client',
    from: '@sheaf/react',
    code: "export * from './dist/suspense.js'",
    external: client,
    limit: 1.2 * kilobyte,
  },
  {
    title: '@sheaf/vue without the client',
    from: '@sheaf/vue',
    code: "export * from './dist/index.js'",
    external: client,
    limit: 7 * kilobyte,
  },
  {
    title: '@sheaf/vue/suspense without the client',
    from: '@sheaf/vue',
    code: "export * from './dist/suspense.js'",
    external: client,
    limit: 0.75 * kilobyte,
  },
]

const problems = []
const packages = publishedPackages()
const scratch = mkdtempSync(join(tmpdir(), 'sheaf-size-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
const inKilobytes = (bytes) => `${(bytes / kilobyte).toFixed(1)} KB`

for (const { name, folder, manifest } of packages) {
  for (const [path, targets] of Object.entries(manifest.exports)) {
    // Styles are no module. The command runs when it is loaded; its own tests start it.
    if (typeof targets === 'string' || path === './cli' || path.endsWith('.css')) continue
    try {
      await import(pathToFileURL(join(folder, targets.default)).href)
    } catch (error) {
      problems.push(`${name}: the entry ${path} does not load in Node: ${error.message}`)
    }
  }
}

for (const { name, folder } of packages) {
  const tarball = join(scratch, `${name.replace('/', '-')}.tgz`)
  await run('pnpm', ['pack', '--out', tarball], { show: 'on-failure', cwd: folder })
  const { size } = statSync(tarball)
  const limit = tarballLimits[name] ?? 100 * kilobyte
  console.log(`${name}: ${inKilobytes(size)} packed, limit ${inKilobytes(limit)}`)
  if (size > limit) problems.push(`${name} is ${inKilobytes(size)} packed, more than ${inKilobytes(limit)}`)
}

const { bundleSize } = await tsImport('../bench/src/bundle-size.ts', import.meta.url)
for (const { title, from, code, external, limit } of bundles) {
  const { folder } = packages.find(({ name }) => name === from)
  const { atOnce, later } = await bundleSize(code, folder, external)
  const lazily = later === 0 ? '' : `, ${inKilobytes(later)} more when they are needed`
  console.log(`${title}: ${inKilobytes(atOnce)}${lazily}, limit ${limit === null ? 'none' : inKilobytes(limit)}`)
  if (limit !== null && atOnce > limit)
    problems.push(`${title}: ${inKilobytes(atOnce)} compressed, more than ${inKilobytes(limit)}`)
}
report(problems, 'Every entry loads and none is larger than it may be.')
