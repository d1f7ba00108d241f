import { packageBuild } from '../../rollup.package.mjs'

export default packageBuild({
  entries: {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    testing: 'src/testing/index.ts',
    'document-thread': 'src/document/document-thread.ts',
  },
  sourcesInMaps: false,
})
