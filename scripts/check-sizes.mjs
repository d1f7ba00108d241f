// What a package costs those who take it: every entry loads in Node, and no bundle or tarball is larger than it may be.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { run } from './command.mjs'
import { report } from './problems.mjs'
import { publishedPackages } from './published.mjs'

const kilobyte = 1024

/** Largest tarball of each package, in bytes. It holds the sources and source maps beside the code. */
const tarballLimits = {
  '@sheaf/protocol': 120 * kilobyte,
  '@sheaf/client-sdk': 400 * kilobyte,
  '@sheaf/react': 120 * kilobyte,
  '@sheaf/vue': 120 * kilobyte,
  '@sheaf/server-kit': 560 * kilobyte,
}

/**
 * What an application's bundle grows by: minified and gzipped, without what the application brings itself. A limit is what
 * has been reached, and may only be lowered; `npm run bench` holds the figures against what is promised.
 */
const bundles = [
  {
    title: 'client core without Yjs',
    from: '@sheaf/client-sdk',
    code: "export { createSheafClient } from './dist/index.js'",
    external: ['yjs', 'lib0/*'],
    limit: 21 * kilobyte,
  },
  {
    title: 'client core and editor with ProseMirror, without Yjs',
    from: '@sheaf/client-sdk',
    code: "export { createSheafClient } from './dist/index.js'; export { createEditor } from './dist/editor.js'",
    external: ['yjs', 'lib0/*'],
    limit: 127 * kilobyte,
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

/** The files that are there before anything is asked for: not what an `import()` brings later. */
function loadedAtOnce(outputs) {
  const isApplication = (file) => outputs[file].entryPoint?.endsWith('application.js')
  const files = new Set(Object.keys(outputs).filter(isApplication))
  for (const file of files)
    for (const { path, kind } of outputs[file].imports)
      if (kind === 'import-statement' && outputs[path] !== undefined) files.add(path)
  return [...files]
}

for (const { title, from, code, external, limit } of bundles) {
  const folder = packages.find(({ name }) => name === from).folder
  const outdir = mkdtempSync(join(scratch, 'bundle-'))
  const stdin = { contents: code, resolveDir: folder, sourcefile: 'application.js' }
  // Chunks of a package repeat the imports of what they share, which costs nothing where those have no side effects.
  const logOverride = { 'ignored-bare-import': 'silent' }
  const options = {
    logOverride,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    metafile: true,
  }
  const { metafile } = await build({ stdin, outdir, external, ...options })
  const files = loadedAtOnce(metafile.outputs)
  const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0)
  console.log(`${title}: ${inKilobytes(size)} compressed, limit ${inKilobytes(limit)}`)
  if (size > limit) problems.push(`The ${title} is ${inKilobytes(size)} compressed, more than ${inKilobytes(limit)}`)
}
report(problems, 'Every entry loads and none is larger than it may be.')
