import { SheafError } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { fakeDocument } from '@sheaf/client-sdk/testing'
import { Plugin } from 'prosemirror-state'
import { describe, expect, it, vi } from 'vitest'
import { h, nextTick, reactive, ref } from 'vue'
import { SheafEditor, Toolbar } from '../src/index.ts'
import { drawn, show } from './page.ts'

const marked = (name: string): Plugin => new Plugin({ props: { attributes: { 'data-plugin': name } } })

async function edited(props: object = {}) {
  const fake = fakeDocument({ id: 'a' })
  const editors: (Editor | null)[] = []
  const given = reactive<Record<string, unknown>>({ ...props })
  const { page, app } = show(() =>
    h(SheafEditor, {
      document: fake,
      toolbar: true,
      onEditor: (editor: Editor | null) => void editors.push(editor),
      ...given,
    }),
  )
  await drawn()
  const content = () => page.querySelector<HTMLElement>('.sheaf-content')
  return { app, fake, given, page, editors, content }
}

describe('SheafEditor', () => {
  it('VB-41 a change of editable, of announce or of a function makes no other editor', async () => {
    const uploads: string[] = []
    const changes: string[] = []
    const upload = (name: string) => () => (uploads.push(name), Promise.resolve('/a.png'))
    const { content, editors, given } = await edited({
      uploadImage: upload('first'),
      onChange: () => changes.push('first'),
      parts: { find: false },
    })
    given['editable'] = false
    await nextTick()
    expect(content()?.getAttribute('contenteditable')).toBe('false')
    Object.assign(given, {
      editable: true,
      announce: true,
      parts: { find: false },
      uploadImage: upload('second'),
      onChange: () => changes.push('second'),
    })
    await drawn()
    expect(editors).toHaveLength(1)
    expect(content()?.getAttribute('contenteditable')).toBe('true')
    changes.length = 0
    editors[0]?.commands.insertText('typed')
    expect(new Set(changes)).toEqual(new Set(['second']))
    editors[0]?.addImages([new File(['x'], 'a.png', { type: 'image/png' })])
    await vi.waitFor(() => expect(uploads).toEqual(['second']))
  })

  it('VB-41 another value of anything else makes another editor, with the same words in it', async () => {
    const { content, editors, given, page } = await edited({ placeholder: 'Write', ariaLabel: 'Notes' })
    editors[0]?.commands.insertText('typed')
    const changes: [string, unknown, () => unknown, unknown][] = [
      ['ariaLabel', 'Minutes', () => content()?.getAttribute('aria-label'), 'Minutes'],
      ['plugins', [marked('mine')], () => content()?.getAttribute('data-plugin'), 'mine'],
      ['plugins', [marked('other')], () => content()?.getAttribute('data-plugin'), 'other'],
      [
        'words',
        { bold: 'Fett' },
        () => page.querySelector('[aria-label=Fett]')?.getAttribute('title'),
        'Fett (Ctrl+B)',
      ],
      ['parts', { find: false }, () => page.querySelector('.sheaf-find'), null],
    ]
    for (const [index, [name, value, seen, expected]] of changes.entries()) {
      given[name] = value
      await drawn()
      expect([name, seen()]).toEqual([name, expected])
      expect([name, editors.length]).toEqual([name, 1 + 2 * (index + 1)])
      expect(content()?.textContent).toContain('typed')
    }
    expect(page.querySelectorAll('.sheaf-content')).toHaveLength(1)
  })

  it('VB-41 another document takes the place of the first, which is left as it is', async () => {
    const { content, editors, fake, given } = await edited()
    editors[0]?.commands.insertText('of the first')
    const other = fakeDocument({ id: 'b' })
    given['document'] = other
    await drawn()
    editors.at(-1)?.commands.insertText('of the second')
    expect(content()?.textContent).toBe('of the second')
    expect(fake.ydoc.getXmlFragment('content').toString()).toBe('<paragraph>of the first</paragraph>')
  })

  it('VB-42 says why the document became read-only, and offers unsent edits for a download', async () => {
    const { fake, page } = await edited()
    const notice = () => page.querySelector('.sheaf-notice[role=alert]')
    expect(notice()).toBeNull()
    fake.change({ role: 'viewer', editable: false })
    await nextTick()
    expect(notice()?.getAttribute('data-kind')).toBe('blocked')
    expect(notice()?.textContent).toBe('Your right to edit was withdrawn. You may still read along.')
    fake.change({ saveState: 'refused', unsavedChanges: 2, error: new SheafError('refused') })
    await nextTick()
    const names: string[] = []
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download)
    })
    notice()?.querySelector('button')?.click()
    await vi.waitFor(() => expect(names).toEqual(['unsaved-a.yjs']))
    vi.restoreAllMocks()
  })

  it('VB-42 leaves that to an application that wants to say it itself, and says nothing to those who never could write', async () => {
    const silent = await edited({ notice: false })
    silent.fake.change({ role: 'viewer', editable: false })
    await nextTick()
    expect(silent.page.querySelector('.sheaf-notice')).toBeNull()
    const reader = fakeDocument({ id: 'b' })
    reader.change({ role: 'viewer', editable: false })
    const { page } = show(() => h(SheafEditor, { document: reader }))
    await drawn()
    expect(page.querySelector('.sheaf-notice')).toBeNull()
  })

  it('VB-43 takes a class of the application on its outermost element', async () => {
    const { page } = await edited({ class: 'mine' })
    expect(page.firstElementChild?.className).toBe('mine')
  })
})

describe('Toolbar', () => {
  it('VB-40 is one stop of the Tab key, and arrows, Home and End go through it', async () => {
    const { page } = await edited()
    const controls = () => [...page.querySelectorAll<HTMLElement>('[role=toolbar] [tabindex="0"]')]
    const key = (name: string): void =>
      void document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }),
      )
    expect(controls().map((control) => control.getAttribute('aria-label'))).toEqual(['Text style'])
    controls()[0]?.focus()
    key('ArrowRight')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Bold')
    key('End')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Table')
    key('Home')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Text style')
    expect(controls()).toHaveLength(1)
  })

  it('VB-40 shows controls of the application after its own', async () => {
    const { page } = show(() => h(Toolbar, { editor: null }, () => h('button', 'Mine')))
    expect(page.querySelector('[role=toolbar]')?.lastElementChild?.textContent).toBe('Mine')
  })

  it('VB-8 the link form is closed by going elsewhere, and takes a link away when it is emptied', async () => {
    const { editors, page } = await edited()
    editors[0]?.commands.insertText('words')
    const link = page.querySelector<HTMLButtonElement>('[aria-label=Link]')
    const open = async (): Promise<HTMLInputElement> => {
      link?.click()
      await nextTick()
      return page.querySelector<HTMLInputElement>('[aria-label="Link address"]')!
    }
    const enter = async (address: string): Promise<void> => {
      const field = await open()
      field.value = address
      field.dispatchEvent(new Event('input'))
      field.form?.dispatchEvent(new Event('submit', { cancelable: true }))
      await nextTick()
    }
    await enter('example.com')
    const anchor = () => page.querySelector('.sheaf-content a')?.getAttribute('href') ?? null
    expect(anchor()).toBe('https://example.com')
    await enter('')
    expect(anchor()).toBeNull()
    const field = await open()
    field.dispatchEvent(new FocusEvent('focusout', { bubbles: true, relatedTarget: document.body }))
    await nextTick()
    expect(page.querySelector('.sheaf-link-form')).toBeNull()
  })
})

it('VB-8 tells when the editor comes and when it goes', async () => {
  const shown = ref(true)
  const told: boolean[] = []
  const fake = fakeDocument({ id: 'a' })
  show(() =>
    shown.value
      ? h(SheafEditor, {
          document: fake,
          onEditor: (editor: Editor | null) => void told.push(editor !== null),
        })
      : null,
  )
  await drawn()
  shown.value = false
  await nextTick()
  expect(told).toEqual([true, false])
})
