import { expect, test } from '../support/story.ts'

test('US-22 the page runs no script but its own, and no other page may show it', async ({ stage, page }) => {
  const answer = await page.goto(stage.server.url)
  const policy = (await answer?.headerValue('content-security-policy')) ?? ''
  const directives = new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/)
      return [name, sources.join(' ')]
    }),
  )
  expect(directives.get('default-src')).toBe("'none'")
  expect(directives.get('script-src')).toBe("'self'")
  expect(directives.get('connect-src')).toBe("'self'")
  expect(directives.get('frame-ancestors')).toBe("'none'")
  expect(policy).not.toMatch(/unsafe-(inline|eval)/)
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.head.append(script)
    return 'injected' in window
  })
  expect(ran).toBe(false)
})
