import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageBuild } from '../../rollup.package.mjs'

const STYLES = 'src/styles'
const IMPORT = /^@import '\.\/([\w-]+\.css)';$/gm

/** One file of styles out of those that `index.css` names, so that an application loads one. */
const styles = {
  name: 'styles',
  generateBundle() {
    const index = readFileSync(join(STYLES, 'index.css'), 'utf8')
    const source = index.replaceAll(IMPORT, (_line, name) => readFileSync(join(STYLES, name), 'utf8'))
    this.emitFile({ type: 'asset', fileName: 'editor.css', source })
  },
}

/**
 * Toolbars are drawn by whoever imports them. In a file of their own they cost an application without one nothing, and the words that
 * they share with the rest must not go with them.
 */
function chunkOf(id) {
  if (/\/editor\/(?:toolbar|shortcuts)\.ts$/.test(id)) return 'toolbar'
  return id.endsWith('/editor/words.ts') ? 'words' : null
}

const [code, types] = packageBuild({
  entries: { index: 'src/index.ts', editor: 'src/editor/index.ts', testing: 'src/testing/index.ts' },
})
// A file of the editor is needed for what it exports; an import that would only hasten its loading is left out.
const treeshake = { moduleSideEffects: (id) => !id.includes('/src/editor/') }
const output = { ...code.output, manualChunks: chunkOf, hoistTransitiveImports: false }
export default [{ ...code, treeshake, output, plugins: [...code.plugins, styles] }, types]
