// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { TextSelection } from 'prosemirror-state'
import { SharedDocument, html, nextFrame, press, type } from './shared-document.ts'

const CHUNK = '../../src/editor/loading/drawn-parts.ts'

beforeEach(() => {
  // As in a page that has just been opened: nothing is there yet.
  vi.resetModules()
})

afterEach(() => {
  document.body.replaceChildren()
  vi.doUnmock(CHUNK)
  vi.useRealTimers()
  vi.unstubAllGlobals()
  online(true)
})

async function freshEditor(editable = true): Promise<Editor> {
  const { createEditor } = await import('../../src/editor/index.ts')
  const mount = document.createElement('div')
  document.body.append(mount)
  return createEditor(mount, { document: new SharedDocument({ editable }) })
}

const online = (is: boolean): unknown => Object.defineProperty(navigator, 'onLine', { value: is, configurable: true })

/** The idle moment of the browser, which the test chooses. */
function idleMoment() {
  const waiting: (() => void)[] = []
  vi.stubGlobal('requestIdleCallback', (run: () => void) => waiting.push(run))
  return {
    come: () => {
      for (const run of waiting.splice(0)) run()
    },
    isAwaited: () => waiting.length > 0,
  }
}

/** A network in which the parts cannot be loaded until `mend` is called; counts how often that was tried. */
function brokenNetwork() {
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  const tries = vi.fn()
  vi.doMock(CHUNK, () => {
    tries()
    throw new TypeError('Failed to fetch dynamically imported module')
  })
  return { reported, tries, mend: () => vi.doUnmock(CHUNK) }
}

/** The parts arrive when the test says so. */
function slowNetwork(): () => void {
  let arrive = (): void => {}
  const arrived = new Promise<void>((done) => (arrive = done))
  vi.doMock(CHUNK, async (original) => {
    await arrived
    return original()
  })
  return arrive
}

const waitingField = () => part('.sheaf-waiting-field') as HTMLInputElement | null

/** What keys write goes to whatever has the focus. */
function typeAnywhere(editor: Editor, letters: string): void {
  const { activeElement } = document
  if (activeElement === editor.view.dom) type(editor, letters)
  else if (activeElement instanceof HTMLInputElement) activeElement.value += letters
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
    const { loadParts } = await import('../../src/editor/loading/load-parts.ts')
    await loadParts()
    expect(part('.sheaf-help')).toBeNull()
  })

  it('ED-160 is reported once when it fails, and the text of oneself and of others goes on', async () => {
    const editor = await freshEditor()
    const { loadParts } = await import('../../src/editor/loading/load-parts.ts')
    const { BlockHandle } = await loadParts()
    const failing = vi.spyOn(BlockHandle.prototype, 'update').mockImplementation(() => {
      throw new RangeError('Position 9 outside of fragment')
    })
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    editor.view.dom.dispatchEvent(new Event('focusin', { bubbles: true }))
    await vi.waitFor(() => expect(part('.sheaf-block-handle')).not.toBeNull())
    type(editor, 'on')
    expect(failing).toHaveBeenCalled()
    expect(reported).toHaveBeenCalledOnce()
    expect(html(editor)).toBe('<p>on</p>')
    failing.mockRestore()
    type(editor, '!')
    expect(html(editor)).toBe('<p>on!</p>')
  })

  it('ED-145 is loaded for who may write when the browser is idle, and not for who may not', async () => {
    const idle = idleMoment()
    await freshEditor(false)
    expect(idle.isAwaited()).toBe(false)
    await freshEditor()
    const { partsNow } = await import('../../src/editor/loading/load-parts.ts')
    expect(partsNow()).toBeNull()
    idle.come()
    await vi.waitFor(() => expect(partsNow()).not.toBeNull())
    expect(part('.sheaf-popover')).toBeNull()
  })

  it('ED-145 is loaded ahead after two seconds where the browser does not tell when it is idle, and once there is a network', async () => {
    vi.stubGlobal('requestIdleCallback', undefined)
    vi.useFakeTimers()
    online(false)
    await freshEditor()
    const { partsNow } = await import('../../src/editor/loading/load-parts.ts')
    await vi.advanceTimersByTimeAsync(2000)
    vi.useRealTimers()
    expect(partsNow()).toBeNull()
    online(true)
    globalThis.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(partsNow()).not.toBeNull())
  })

  it('ED-146 is tried again when the network is back, and fails with one report, however often the pointer moves', async () => {
    idleMoment()
    const network = brokenNetwork()
    const editor = await freshEditor()
    const { view } = editor
    const move = () => view.dom.dispatchEvent(new Event('mousemove', { bubbles: true }))
    move()
    await vi.waitFor(() => expect(network.reported).toHaveBeenCalledTimes(1))
    const before = network.tries.mock.calls.length
    const { isResting, partsNow } = await import('../../src/editor/loading/load-parts.ts')
    for (let times = 0; times < 5; times++) {
      move()
      await nextFrame()
    }
    expect(isResting()).toBe(true)
    expect(network.tries.mock.calls.length).toBe(before)
    editor.focus()
    press(editor, 'Ctrl-f')
    await vi.waitFor(() => expect(network.tries.mock.calls.length).toBeGreaterThan(before))
    await vi.waitFor(() => expect(waitingField()).toBeNull())
    network.mend()
    globalThis.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(partsNow()).not.toBeNull())
    expect(network.reported).toHaveBeenCalledTimes(1)
    move()
    expect(part('.sheaf-slash-menu')).not.toBeNull()
  })

  it('ED-147 has what was typed after Mod+K or Mod+F in its field, and not in the text', async () => {
    for (const [keys, field] of [
      ['Ctrl-f', '.sheaf-find input'],
      ['Ctrl-k', '.sheaf-link-edit input'],
    ] as const) {
      vi.resetModules()
      document.body.replaceChildren()
      idleMoment()
      const arrive = slowNetwork()
      const editor = await freshEditor()
      editor.focus()
      type(editor, 'words')
      editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, 1, 6)))
      expect(press(editor, keys)).toBe(true)
      typeAnywhere(editor, 'example.com')
      expect(document.activeElement).toBe(waitingField())
      expect(waitingField()?.getAttribute('aria-label')).not.toBe('')
      arrive()
      await vi.waitFor(() => expect(waitingField()).toBeNull())
      expect((part(field) as HTMLInputElement).value).toBe('example.com')
      expect(document.activeElement).toBe(part(field))
      expect(editor.view.state.doc.textContent).toBe('words')
    }
  })

  it('ED-147 stays away after Escape, after a press elsewhere and where it cannot be loaded, and the text has the focus', async () => {
    idleMoment()
    const arrive = slowNetwork()
    const editor = await freshEditor()
    editor.focus()
    press(editor, 'Ctrl-f')
    typeAnywhere(editor, 'lost')
    waitingField()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))
    expect(document.activeElement).toBe(editor.view.dom)
    press(editor, 'Ctrl-f')
    editor.focus()
    typeAnywhere(editor, 'text')
    arrive()
    await vi.waitFor(() => expect(part('.sheaf-find')).not.toBeNull())
    await vi.waitFor(() => expect(waitingField()).toBeNull())
    expect(part('.sheaf-find')?.hidden).toBe(true)
    expect(editor.view.state.doc.textContent).toBe('text')

    vi.resetModules()
    document.body.replaceChildren()
    const network = brokenNetwork()
    const other = await freshEditor()
    other.focus()
    press(other, 'Ctrl-k')
    typeAnywhere(other, 'lost')
    await vi.waitFor(() => expect(network.reported).toHaveBeenCalled())
    await vi.waitFor(() => expect(document.activeElement).toBe(other.view.dom))
    expect(other.view.state.doc.textContent).toBe('')
  })
})
