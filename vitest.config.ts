import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Every package is tested from its sources: the condition @sheaf/source in the exports of each of them.
const conditions = ['@sheaf/source']

const project = (name: string, root: string, environment: 'node' | 'happy-dom' = 'node') => ({
  extends: true as const,
  test: { name, root, environment, include: ['{test,simulation,faults,flow,gateway,losses}/**/*.test.{ts,tsx}'] },
})

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
      project('react', 'packages/react', 'happy-dom'),
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
