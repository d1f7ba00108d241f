import { defineConfig } from '@playwright/test'
import stories from './playwright.config.ts'

/** Pictures of the real demo, for README and docs and for looking at. Run by scripts/screenshots.mjs. */
export default defineConfig({
  ...stories,
  testDir: 'screenshots',
  outputDir: '../test-results/screenshots',
  workers: 1,
  projects: [{ name: 'embedded', use: { stack: 'embedded' } }],
  use: { ...stories.use, trace: 'off' },
})
