import { h } from 'vue'
import type { VNode } from 'vue'

export const toolbarIcon = (paths: readonly string[]): VNode =>
  h(
    'svg',
    { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    paths.map((path) => h('path', { d: path })),
  )
