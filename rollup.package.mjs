import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { dts } from 'rollup-plugin-dts'
import esbuild from 'rollup-plugin-esbuild'

const CHUNKS = 'dist/chunks'

/** The names of chunks change with their content; those of an earlier build would be published too. */
const withoutOldChunks = (kind) => ({
  name: 'without-old-chunks',
  writeBundle: (_options, bundle) => {
    if (!existsSync(CHUNKS)) return
    const written = new Set(Object.keys(bundle).map((name) => join('dist', name)))
    for (const name of readdirSync(CHUNKS)) {
      const path = join(CHUNKS, name)
      if (kind.test(name) && !written.has(path)) rmSync(path)
    }
  },
})

/**
 * The one way a package is built: ESM with source maps, and one bundled declaration file per entry.
 * Everything that is not the package's own source stays an import.
 *
 * @param {{entries: Record<string, string>, sourcesInMaps?: boolean, directive?: string}} options entry name -> source file, relative to the
 *   package. Source maps repeat the sources for bundlers and browsers (the default); what only Node runs need not: the maps
 *   name the files of `src`, which are published too. `directive` stands at the top of every entry, as `'use client'` does.
 */
export function packageBuild({ entries, sourcesInMaps = true, directive }) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const own = (id) => id.startsWith('.') || id.startsWith('/') || id.startsWith('\0')
  const external = (id) => !own(id)
  const warn = (warning) => {
    throw new Error(`${manifest.name}: ${warning.message}`)
  }
  // A command exports nothing, so it has no types; everything else that is empty is a mistake.
  const warnOfTypes = (warning) => {
    if (warning.code !== 'EMPTY_BUNDLE') warn(warning)
  }
  return [
    {
      input: entries,
      external,
      onwarn: warn,
      plugins: [esbuild({ target: 'es2022', jsx: 'automatic', sourceMap: true }), withoutOldChunks(/\.js(\.map)?$/)],
      output: {
        dir: 'dist',
        format: 'es',
        sourcemap: true,
        ...(directive === undefined ? {} : { banner: ({ isEntry }) => (isEntry ? `'${directive}';` : '') }),
        sourcemapExcludeSources: !sourcesInMaps,
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
    {
      input: entries,
      external,
      onwarn: warnOfTypes,
      plugins: [dts({ tsconfig: 'tsconfig.json' }), withoutOldChunks(/\.d\.ts$/)],
      output: { dir: 'dist', format: 'es', chunkFileNames: 'chunks/[name]-[hash].d.ts' },
    },
  ]
}
