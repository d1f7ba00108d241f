import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What README and docs show. All others are for looking at. */
const shown = join(root, 'docs/images')
const others = join(root, '.cache/pictures')
for (const folder of [shown, others]) mkdirSync(folder, { recursive: true })

/** The pictures of the docs, by scene, width and theme. */
const SHOWN: ReadonlySet<string> = new Set([
  'carets-1280-light',
  'carets-390-light',
  'every-kind-1280-dark',
  'list-1280-light',
  'list-390-dark',
  'history-1280-light',
  'offline-390-light',
  'inspector-1280-light',
])

const SIZES = { 1280: 800, 390: 844 } as const
type Width = keyof typeof SIZES
const WIDTHS: readonly Width[] = [1280, 390]
const THEMES = ['light', 'dark'] as const

export interface PictureOptions {
  /** Runs before each picture, for what another width or theme has moved or closed. */
  readonly before?: (width: Width) => Promise<void>
}

/** Takes a scene at both widths, light and dark. */
export async function takeAll(page: Page, scene: string, { before }: PictureOptions = {}): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: SIZES[width] })
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme })
      await before?.(width)
      await page.evaluate(async () => {
        await document.fonts.ready
        // Between two themes colours fade.
        const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
        await Promise.all(fading.map((animation) => animation.finished.catch(() => null)))
      })
      const name = `${scene}-${width}-${theme}`
      await page.screenshot({ path: join(SHOWN.has(name) ? shown : others, `${name}.png`), caret: 'initial' })
    }
  }
  await page.setViewportSize({ width: 1280, height: SIZES[1280] })
  await page.emulateMedia({ colorScheme: 'light' })
}
