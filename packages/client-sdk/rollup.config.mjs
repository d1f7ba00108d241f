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

const [code, types] = packageBuild({
  entries: { index: 'src/index.ts', editor: 'src/editor/index.ts', testing: 'src/testing/index.ts' },
  // They would be in the package twice: bundlers find them in `src`.
  sourcesInMaps: false,
})
// Without the imports that would only hasten the loading of what is not needed at once.
const output = { ...code.output, hoistTransitiveImports: false }
export default [{ ...code, output, plugins: [...code.plugins, styles] }, types]
