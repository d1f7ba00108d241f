import { defineConfig } from '@playwright/test'
import stories from './playwright.config.ts'

/** The pictures of the README, taken from the real demo. Run by scripts/screenshots.mjs. */
export default defineConfig({ ...stories, testDir: 'screenshots', workers: 1 })
