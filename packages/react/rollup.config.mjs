import { packageBuild } from '../../rollup.package.mjs'

export default packageBuild({
  entries: { index: 'src/index.ts', suspense: 'src/suspense.ts' },
  directive: 'use client',
})
