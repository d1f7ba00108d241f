import { defineConfig } from '@playwright/test'
import type { StackName } from './support/story.ts'

const executablePath = process.env['SHEAF_CHROMIUM']

/** Chromium refuses its sandbox to root; the rest keeps it from talking to anybody but the demo. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The stories are told twice: on the embedded default, and, where the real servers run, on three servers with all of them. */
const onCluster = ['POSTGRES_URL', 'MONGODB_URL', 'REDIS_URL', 'KAFKA_BROKERS'].every(
  (name) => process.env[`TEST_${name}`] !== undefined,
)

export default defineConfig<object, { stack: StackName }>({
  testDir: 'specs',
  outputDir: '../test-results',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: process.env['CI'] === 'true',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  projects: [
    { name: 'embedded', use: { stack: 'embedded' } },
    { name: 'examples', testDir: 'examples', use: { stack: 'embedded' } },
    // The pages are the same on both: of the stories that are told for each pair of them, the mixed one is enough here.
    ...(onCluster
      ? [{ name: 'cluster', use: { stack: 'cluster' as const }, grepInvert: /\((?:React and React|Vue and Vue)\)/ }]
      : []),
  ],
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      args: [...asRoot, ...quiet],
      ...(executablePath === undefined ? {} : { executablePath }),
    },
  },
})
