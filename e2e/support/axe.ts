import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type Axe from 'axe-core'
import type { RunOptions } from 'axe-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const OPTIONS: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}

/**
 * A menu that a button opens is no part of the page's landmarks, just as a dialog, which axe takes for granted: it is reached by its
 * button only.
 */
const REGIONS = 'dialog, [role=dialog], [role=alertdialog], svg, [role=menu]'

/** What a page does against WCAG 2.2 AA and axe's best practices, each with where: empty when nothing is wrong. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  // Evaluated by the browser's own debugger, which the page's Content Security Policy does not stop.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source)
  // A colour that is still on its way is nobody's colour.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  )
  const results = await page.evaluate(
    async ([options, regionMatcher]) => {
      const { axe } = globalThis as unknown as { axe: typeof Axe }
      axe.configure({ checks: [{ id: 'region', options: { regionMatcher } }] })
      return axe.run(options)
    },
    [OPTIONS, REGIONS] as const,
  )
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  )
}
