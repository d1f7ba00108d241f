import { defineConfig } from '@playwright/test'
import stories from './playwright.config.ts'
import type { StackName } from './support/story.ts'

/** Pictures of the real demo, for README and docs and for looking at. Run by scripts/screenshots.mjs. */
export default defineConfig<object, { stack: StackName }>({
  ...stories,
  testDir: 'screenshots',
  outputDir: '../test-results/screenshots',
  workers: 1,
  projects: [{ name: 'embedded', use: { stack: 'embedded', trace: 'off' } }],
})
