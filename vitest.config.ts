import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Every package is tested from its sources: the condition @sheaf/source in the exports of each of them.
const conditions = ['@sheaf/source']

const project = (name: string, root: string, environment: 'node' | 'happy-dom' = 'node') => ({
  extends: true as const,
  test: { name, root, environment, include: ['{test,simulation,faults,flow,gateway,losses}/**/*.test.{ts,tsx}'] },
})

const react18 = fileURLToPath(new URL('packages/react/test/react-18/node_modules/', import.meta.url))

const withReact19 = (name: string, root: string) => {
  const { extends: inherited, test } = project(name, root, 'happy-dom')
  return { extends: inherited, test: { ...test, env: { SHEAF_REACT: '19' } } }
}

/** The tests of a React package once more, with React 18 in the place of the newest. */
const withReact18 = (name: string, root: string) => {
  const { extends: inherited, test } = project(name, root, 'happy-dom')
  const packages = ['react', 'react-dom', '@testing-library/react']
  const alias = packages.map((id) => ({ find: new RegExp(`^${id}(?=/|$)`), replacement: `${react18}${id}` }))
  return { extends: inherited, resolve: { conditions, alias }, test: { ...test, env: { SHEAF_REACT: '18' } } }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Many tests wait for real servers more than they compute.
    maxWorkers: Math.max(3, availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      project('protocol', 'packages/protocol'),
      project('client-sdk', 'packages/client-sdk'),
      withReact19('react', 'packages/react'),
      withReact18('react-18', 'packages/react'),
      project('vue', 'packages/vue', 'happy-dom'),
      project('server-kit', 'packages/server-kit'),
      project('demo', 'apps/demo'),
      project('e2e', 'e2e'),
      project('bench', 'bench'),
      project('scripts', 'scripts'),
      project('services', 'services'),
    ],
  },
})
