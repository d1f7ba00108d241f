// @vitest-environment happy-dom
import { NodeSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Editor, EditorMessage, UploadedImage } from '../../src/editor/index.ts'
import { SharedDocument, connect, html, nextFrame, open, paste, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const png = (name = 'a.png', size = 8): File => new File([new Uint8Array(size)], name, { type: 'image/png' })

/** An upload that ends when the test says so. */
function pending() {
  let resolve: (answer: string | UploadedImage) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<string | UploadedImage>((succeed, fail) => {
    resolve = succeed
    reject = fail
  })
  const upload = vi.fn((_file: File, _context: { readonly signal: AbortSignal }) => promise)
  return {
    upload,
    resolve: (answer: string | UploadedImage) => resolve(answer),
    reject: (error: Error) => reject(error),
  }
}

/** After all promises that are settled by now. */
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 0))
const placeholder = (editor: Editor) => editor.view.dom.querySelector('.sheaf-image-upload')
const sentText = (document: SharedDocument): string => JSON.stringify(document.json)

describe('images', () => {
  it('ED-85 a pasted image is shown as being uploaded, and stands where it was pasted when its address is known', async () => {
    const document = new SharedDocument()
    const { upload, resolve } = pending()
    const editor = open(document, { uploadImage: upload })
    type(editor, 'ab')
    editor.view.dispatch(editor.view.state.tr.insertText('', 2))
    paste(editor, {}, [png('holiday.png')])
    expect(upload).toHaveBeenCalledTimes(1)
    expect(placeholder(editor)?.getAttribute('aria-label')).toBe('Uploading holiday.png')
    expect(sentText(document)).not.toContain('image')
    type(editor, ' and more')
    resolve({ src: 'https://example.com/a.png', alt: 'A beach' })
    await settled()
    expect(placeholder(editor)).toBeNull()
    expect(editor.getHTML()).toContain('src="https://example.com/a.png" alt="A beach"')
    expect(sentText(document)).not.toContain('base64')
  })

  it('ED-85 the place of an image stays where it is while somebody else writes before it', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const { upload, resolve } = pending()
    const first = open(a, { uploadImage: upload })
    type(first, 'end')
    paste(first, {}, [png()])
    connect(a, b)
    const second = open(b)
    second.view.dispatch(second.view.state.tr.insertText('Before the ', 1))
    await nextFrame()
    resolve('/a.png')
    await settled()
    expect(first.getHTML()).toContain('Before the end<img')
    expect(first.getJSON()).toEqual(second.getJSON())
  })

  it('ED-86 an upload that fails leaves nothing but a message in words, and typing goes on', async () => {
    const onMessage = vi.fn<(message: EditorMessage) => void>()
    const { upload, reject } = pending()
    const document = new SharedDocument()
    const editor = open(document, { uploadImage: upload, onMessage })
    paste(editor, {}, [png('a.png')])
    reject(new Error('The disk is full'))
    await settled()
    expect(placeholder(editor)).toBeNull()
    expect(onMessage).toHaveBeenCalledWith({
      code: 'image-failed',
      text: '“a.png” could not be uploaded (The disk is full). It was not added.',
    })
    type(editor, 'on')
    expect(document.json).toBe('<paragraph>on</paragraph>')
  })

  it('ED-86 an image of 30 MB, a file that is no image and an unsafe answer are refused in words', async () => {
    const messages: string[] = []
    const uploadImage = vi.fn(() => Promise.resolve('javascript:alert(1)'))
    const editor = open(new SharedDocument(), { uploadImage, onMessage: ({ code }) => messages.push(code) })
    paste(editor, {}, [png('large.png', 30 * 1024 * 1024)])
    editor.addImages([new File(['<svg/>'], 'a.svg', { type: 'image/svg+xml' })])
    expect(uploadImage).not.toHaveBeenCalled()
    editor.addImages([png()])
    await settled()
    expect(messages).toEqual(['image-too-large', 'image-type', 'image-failed'])
    expect(html(editor)).toBe('<p></p>')
  })

  it('ED-86 without an upload, and without the right to write, no image is added', async () => {
    const onMessage = vi.fn<(message: EditorMessage) => void>()
    const editor = open(new SharedDocument(), { onMessage })
    expect(editor.takesImages).toBe(false)
    expect(editor.chooseImages()).toBe(false)
    paste(editor, {}, [png()])
    expect(onMessage.mock.calls[0]?.[0].code).toBe('images-off')
    const { upload, resolve } = pending()
    const document = new SharedDocument()
    const writer = open(document, { uploadImage: upload, onMessage })
    writer.addImages([png()])
    document.change({ editable: false })
    resolve('/a.png')
    await settled()
    expect(document.sent).toEqual([])
    expect(onMessage.mock.lastCall?.[0]).toMatchObject({ code: 'image-failed' })
  })

  it('ED-86 messages are shown below the text where the application does not take them', () => {
    const editor = open(new SharedDocument())
    paste(editor, {}, [png()])
    const box = document.querySelector('.sheaf-message')
    expect(box?.textContent).toContain('Images cannot be added')
    box?.querySelector('button')?.click()
    expect(box?.getAttribute('data-open')).toBe('false')
  })

  it('ED-87 a pasted data: address is uploaded, or left out with a message, and never becomes part of the document', async () => {
    const data = `data:image/png;base64,${btoa('picture')}`
    const pasted = { 'text/html': `<p>words <img src="${data}"> more</p>`, 'text/plain': 'words more' }
    const document = new SharedDocument()
    const uploadImage = vi.fn((file: File) => Promise.resolve(`/uploads/${file.size}`))
    const editor = open(document, { uploadImage })
    paste(editor, pasted)
    await settled()
    expect(uploadImage).toHaveBeenCalledTimes(1)
    expect(sentText(document)).toContain('/uploads/7')
    expect(sentText(document)).toContain('words')
    expect(sentText(document)).not.toContain('data:')

    const messages: string[] = []
    const plain = new SharedDocument()
    paste(open(plain, { onMessage: ({ code }) => messages.push(code) }), pasted)
    await settled()
    expect(messages).toEqual(['images-off'])
    expect(sentText(plain)).toContain('words')
    expect(sentText(plain)).not.toContain('data:')
  })

  it('ED-87 a data: address of 30 MB is refused with a message, and the words around it are taken', async () => {
    const messages: string[] = []
    const uploadImage = vi.fn(() => Promise.resolve('/a.png'))
    const document = new SharedDocument()
    const editor = open(document, { uploadImage, onMessage: ({ code }) => messages.push(code) })
    const data = `data:image/png;base64,${'A'.repeat(40 * 1024 * 1024)}`
    paste(editor, { 'text/html': `<p>words <img src="${data}"></p>`, 'text/plain': 'words' })
    await settled()
    expect(uploadImage).not.toHaveBeenCalled()
    expect(messages).toEqual(['image-too-large'])
    expect(document.json).toContain('words')
  })

  it('ED-88 a selected image is described in words, made wider by keys, and taken away', async () => {
    const document = new SharedDocument()
    const editor = open(document)
    editor.commands.insertImage({ src: '/a.png' })
    const position = 1
    const select = () =>
      editor.view.dispatch(editor.view.state.tr.setSelection(NodeSelection.create(editor.view.state.doc, position)))
    select()
    const alt = globalThis.document.querySelector<HTMLInputElement>('.sheaf-image-bubble input')
    if (alt === null) throw new Error('There is no field')
    alt.value = 'A beach'
    alt.dispatchEvent(new Event('change', { bubbles: true }))
    expect(editor.view.state.doc.nodeAt(position)?.attrs['alt']).toBe('A beach')
    const handle = editor.view.dom.querySelector<HTMLElement>('[role=slider]')
    editor.view.dispatch(editor.view.state.tr.setNodeAttribute(position, 'width', 200))
    select()
    editor.view.dom
      .querySelector<HTMLElement>('[role=slider]')
      ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))
    expect(handle?.getAttribute('aria-label')).toBe('Width of the image')
    expect(editor.view.state.doc.nodeAt(position)?.attrs['width']).toBe(210)
    expect(editor.view.dom.querySelector('.sheaf-image img')?.getAttribute('width')).toBe('210')
    const remove = [...globalThis.document.querySelectorAll('.sheaf-image-bubble button')].at(-1)
    ;(remove as HTMLButtonElement).click()
    expect(html(editor)).toBe('<p></p>')
  })
})
