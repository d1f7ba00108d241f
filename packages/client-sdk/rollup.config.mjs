import { packageBuild } from '../../rollup.package.mjs'

export default packageBuild({
  entries: { index: 'src/index.ts', editor: 'src/editor/index.ts', testing: 'src/testing/index.ts' },
})
