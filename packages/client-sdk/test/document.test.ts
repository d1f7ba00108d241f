import { describe, expect, it } from 'vitest'
import { text, world, write } from './support/world.ts'

describe('a document', () => {
  it('DO-1 loads what the server has', async () => {
    const { server, open, settle } = world()
    const first = open('ada')
    await first.whenLoaded()
    write(first, 'hello')
    await first.whenDurable()
    const second = open('grace')
    await second.whenLoaded()
    expect(text(second)).toBe('hello')
    expect(server.seq).toBe(1)
    await settle()
  })

  it('DO-2 edits reach everybody else, and both end equal', async () => {
    const { open, settle, advance } = world()
    const [ada, grace] = [open('ada'), open('grace')]
    await settle()
    write(ada, 'one ')
    write(grace, 'two ')
    await advance(1_000)
    expect(text(ada)).toBe(text(grace))
    expect(text(ada)).toContain('one ')
    expect(text(ada)).toContain('two ')
    expect(ada.getSnapshot().saveState).toBe('saved')
  })
})
