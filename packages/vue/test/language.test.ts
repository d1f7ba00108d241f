import { SheafError } from '@sheaf/client-sdk'
import type { Editor, Words } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import { TextSelection } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref, shallowRef } from 'vue'
import { Inspector, SaveStatus, SheafEditor, SheafProvider, Toolbar, sheafPlugin, useLanguage } from '../src/index.ts'
import { drawn, show } from './page.ts'

const german: Partial<Words> = {
  bold: 'Fett',
  saved: 'Gespeichert',
  document: 'Text',
  keptOnDevice: { one: '{count} Änderung hier', other: '{count} Änderungen hier' },
  cutOff: '{connection}: {kept}',
  'connection-reconnecting': 'Neue Verbindung',
  'error-forbidden': 'Kein Zugang mehr.',
}
const arabic: Partial<Words> = { bold: 'غامق', saved: 'محفوظ', document: 'نص' }

const labels = (page: HTMLElement, label: string): number => page.querySelectorAll(`[aria-label="${label}"]`).length
const alertOf = (page: HTMLElement): string => page.querySelector('[role=alert]')?.textContent ?? ''

describe('the language of the page', () => {
  it('VB-70 is given once, by the provider, for components and editors; what is missing is English', async () => {
    const fake = fakeDocument({ text: 'Hello' })
    const { page } = show(() =>
      h(SheafProvider, { client: fakeClient(), words: german, locale: 'de' }, () => [
        h(SaveStatus, { document: fake }),
        h(SheafEditor, { document: fake, toolbar: true }),
        h(Toolbar, { editor: null }),
      ]),
    )
    await drawn()
    expect(page.textContent).toContain('Gespeichert')
    expect([labels(page, 'Text'), labels(page, 'Fett'), labels(page, 'Italic')]).toEqual([1, 2, 2])
    fake.change({ connection: 'reconnecting', saveState: 'unsaved', unsavedChanges: 1234 })
    await drawn()
    expect(page.textContent).toContain('Neue Verbindung: 1.234 Änderungen hier')
    fake.fail(new SheafError('forbidden'))
    await drawn()
    expect(alertOf(page)).toContain('Kein Zugang mehr.')
  })

  it('VB-70 the words of one editor win for it, its toolbar and its notice; an inner provider tells only what differs', async () => {
    const fake = fakeDocument({ role: 'editor', error: new SheafError('forbidden'), editable: false })
    const Told = defineComponent(() => {
      const language = useLanguage()
      return () => {
        const { words, locale } = language.value
        return h('p', { class: 'told' }, `${locale} ${words.saved} ${words.bold} ${words.italic}`)
      }
    })
    const { page } = show(() =>
      h(SheafProvider, { client: fakeClient(), words: german, locale: 'de' }, () => [
        h(SheafEditor, { document: fake, toolbar: true, words: { bold: 'Dick', 'error-forbidden': 'Weg.' } }),
        h(SheafProvider, { client: fakeClient(), words: { bold: 'Feist' } }, () => h(Told)),
      ]),
    )
    await drawn()
    expect([labels(page, 'Dick'), labels(page, 'Text')]).toEqual([1, 1])
    expect(alertOf(page)).toContain('Weg.')
    expect(page.querySelector('.told')?.textContent).toBe('de Gespeichert Feist Italic')
  })

  it('VB-70 the plugin takes values, and references that change', async () => {
    const words = shallowRef<Partial<Words>>(german)
    const locale = ref('de')
    const page = document.createElement('div')
    const app = createApp(() => h(SaveStatus, { document: fakeDocument() }))
    app.use(sheafPlugin(fakeClient(), { words, locale: () => locale.value })).mount(page)
    expect(page.textContent).toBe('Gespeichert')
    words.value = arabic
    locale.value = 'ar'
    await nextTick()
    expect(page.textContent).toBe('محفوظ')
    app.unmount()
  })

  it('VB-72 another language takes effect at once, and keeps text, caret, focus and undo', async () => {
    const fake = fakeDocument({ text: 'Hello world' })
    let editor: Editor | null = null
    const now = (): Editor => editor ?? expect.fail('there is no editor')
    const told = shallowRef({ words: german, locale: 'de' })
    const { page } = show(() =>
      h(SheafProvider, { client, ...told.value }, () => [
        h(SaveStatus, { document: fake }),
        h(SheafEditor, { document: fake, toolbar: true, onEditor: (made: Editor | null) => (editor = made) }),
        h(Inspector, { document: fake }),
      ]),
    )
    await drawn()
    const before = now()
    before.focus()
    before.view.dispatch(before.view.state.tr.insertText('!', 12))
    before.view.dispatch(before.view.state.tr.setSelection(TextSelection.create(before.view.state.doc, 3, 8)))
    told.value = { words: { ...german }, locale: 'de' }
    await drawn()
    expect(now()).toBe(before)
    told.value = { words: arabic, locale: 'ar' }
    await drawn()
    expect(now()).not.toBe(before)
    expect(page.querySelectorAll('.ProseMirror')).toHaveLength(1)
    expect(page.textContent).toContain('محفوظ')
    expect(page.querySelector('[aria-label="نص"]')?.textContent).toBe('Hello world!')
    expect(labels(page, 'غامق')).toBe(1)
    const { from, to } = now().view.state.selection
    expect([from, to, now().view.hasFocus()]).toEqual([3, 8, true])
    expect(now().commands.undo()).toBe(true)
    expect(now().view.state.doc.textContent).toBe('Hello world')
  })

  it('VB-72 another document does not get the caret of the one before', async () => {
    let editor: Editor | null = null
    const now = (): Editor => editor ?? expect.fail('there is no editor')
    const opened = shallowRef(fakeDocument({ id: 'a', text: 'Same' }))
    show(() => h(SheafEditor, { document: opened.value, onEditor: (made: Editor | null) => (editor = made) }))
    await drawn()
    now().focus()
    opened.value = fakeDocument({ id: 'b', text: 'Same' })
    await drawn()
    expect(now().view.hasFocus()).toBe(false)
  })
})

const client = fakeClient()
