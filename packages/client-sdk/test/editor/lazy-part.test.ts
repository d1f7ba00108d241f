// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, html, press, type } from './shared-document.ts'

beforeEach(() => {
  // As in a page that has just been opened: nothing is there yet.
  vi.resetModules()
})

afterEach(() => {
  document.body.replaceChildren()
})

async function freshEditor(): Promise<Editor> {
  const { createEditor } = await import('../../src/editor/index.ts')
  const mount = document.createElement('div')
  document.body.append(mount)
  return createEditor(mount, { document: new SharedDocument() })
}

const part = (selector: string): HTMLElement | null => document.querySelector(selector)

describe('what is drawn for those who write', () => {
  it('ED-129 is not there for who only reads, and comes when somebody comes to the text', async () => {
    const { view } = await freshEditor()
    expect(part('.sheaf-popover')).toBeNull()
    view.dom.dispatchEvent(new Event('focusin', { bubbles: true }))
    expect(part('.sheaf-popover')).toBeNull()
    await vi.waitFor(() => expect(part('.sheaf-slash-menu')).not.toBeNull())
    for (const found of [
      '.sheaf-selection-bubble',
      '.sheaf-link-bubble',
      '.sheaf-image-bubble',
      '.sheaf-code-language',
      '.sheaf-block-handle',
    ])
      expect(part(found), found).not.toBeNull()
  })

  it('ED-129 finds what was typed before it was there', async () => {
    const editor = await freshEditor()
    editor.focus()
    editor.view.dom.dispatchEvent(new Event('focusin', { bubbles: true }))
    type(editor, 'words /he')
    expect(html(editor)).toBe('<p>words /he</p>')
    await vi.waitFor(() => expect(part('.sheaf-slash-menu')?.hidden).toBe(false))
    expect(press(editor, 'Enter')).toBe(true)
    expect(html(editor)).toBe('<h1>words </h1>')
  })

  it('ED-129 opens when it was asked for before it was there, and not in an editor that is gone', async () => {
    const editor = await freshEditor()
    editor.openFind()
    await vi.waitFor(() => expect(part('.sheaf-find')?.hidden).toBe(false))
    editor.destroy()
    vi.resetModules()
    const gone = await freshEditor()
    gone.openHelp()
    gone.destroy()
    const { loadParts } = await import('../../src/editor/lazy-part.ts')
    await loadParts()
    expect(part('.sheaf-help')).toBeNull()
  })
})
