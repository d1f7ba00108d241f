import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Metafile } from 'esbuild'

const ENTRY = 'application.js'

/** What an application brings itself, whoever's editor it takes: none of it is counted for anybody. */
export const BROUGHT_ALONG = ['yjs', 'lib0', 'lib0/*', 'react', 'react/*', 'react-dom', 'react-dom/*', 'vue'] as const

/** What an application's bundle grows by. Bytes, minified and compressed by gzip at its highest level, file by file. */
export interface BundleSize {
  /** Files that are there before anything is asked for. */
  readonly atOnce: number
  /** Files that an `import()` brings when they are needed. */
  readonly later: number
}

/**
 * Bundles code as an application's build does, with esbuild.
 *
 * @param code what the application would write
 * @param resolveDir folder whose packages it takes, as they are built
 * @param external besides what an application brings along
 */
export async function bundleSize(
  code: string,
  resolveDir: string,
  external: readonly string[] = [],
): Promise<BundleSize> {
  const outdir = await mkdtemp(join(tmpdir(), 'sheaf-bundle-'))
  try {
    const { metafile } = await build({
      stdin: { contents: code, resolveDir, sourcefile: ENTRY },
      outdir,
      external: [...BROUGHT_ALONG, ...external],
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      define: { 'process.env.NODE_ENV': '"production"' },
      loader: { '.css': 'empty' },
      metafile: true,
      // Chunks of a package repeat the imports of what they share, which costs nothing where those have no side effects.
      logOverride: { 'ignored-bare-import': 'silent' },
      logLevel: 'error',
    })
    const first = loadedAtOnce(metafile)
    const sizes = { atOnce: 0, later: 0 }
    for (const file of Object.keys(metafile.outputs)) {
      const content = await readFile(isAbsolute(file) ? file : join(process.cwd(), file))
      sizes[first.has(file) ? 'atOnce' : 'later'] += gzipSync(content, { level: 9 }).length
    }
    return sizes
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}

function loadedAtOnce({ outputs }: Metafile): Set<string> {
  const files = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint?.endsWith(ENTRY)))
  for (const file of files)
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path] !== undefined) files.add(path)
  return files
}
