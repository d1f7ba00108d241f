import { describe, expect, it } from 'vitest'

interface Build {
  readonly output: { readonly banner?: (chunk: { isEntry: boolean }) => string }
}

// Configuration, which has no types.
const CONFIG = '../rollup.config.mjs'

describe('what is published', () => {
  it("RB-49 says 'use client' at the top of each entry", async () => {
    const { default: builds } = (await import(CONFIG)) as { default: readonly Build[] }
    const banner = builds[0]?.output.banner
    expect(banner?.({ isEntry: true })).toBe("'use client';")
    // What entries share is loaded by them only.
    expect(banner?.({ isEntry: false })).toBe('')
  })
})
