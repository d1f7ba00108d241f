import type { Person } from '../support/person.ts'
import { paragraph } from '../support/blocks.ts'
import { picture } from '../support/picture.ts'
import { nodesOf } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

/** Drags something over the words without letting it go. */
async function dragOver(person: Person): Promise<void> {
  await person.editor.evaluate((element) => {
    const place = element.getBoundingClientRect()
    const at = { clientX: place.left + 20, clientY: place.top + 10 }
    element.dispatchEvent(new DragEvent('dragover', { ...at, bubbles: true, cancelable: true }))
  })
}

/** A file that comes with a paste, or is let go over the words. */
async function give(person: Person, how: 'paste' | 'drop', bytes: Buffer | number, type = 'image/png'): Promise<void> {
  const file = typeof bytes === 'number' ? { size: bytes } : { base64: bytes.toString('base64') }
  await person.editor.evaluate(
    (element, [event, content, mime]) => {
      const made =
        'size' in content
          ? new Uint8Array(content.size)
          : Uint8Array.from(atob(content.base64), (letter) => letter.codePointAt(0) ?? 0)
      const data = new DataTransfer()
      data.items.add(new File([made], 'roof.png', { type: mime }))
      const place = element.getBoundingClientRect()
      const init = { bubbles: true, cancelable: true, clientX: place.left + 20, clientY: place.top + 10 }
      element.dispatchEvent(
        event === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent('drop', { ...init, dataTransfer: data }),
      )
    },
    [how, file, type] as const,
  )
}

for (const pair of PAIRS)
  test(`US-38 images are chosen, pasted, dropped, described and resized while the other types ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Images', [paragraph('Roof '), paragraph('Ben')])
    const images = ben.editor.locator('img[src]')
    await ben.goToEnd()

    await test.step('from the toolbar', async () => {
      await ada.goAfter('Roof ')
      const chooser = ada.page.waitForEvent('filechooser')
      await ada.tool('Image').click()
      const file = { name: 'roof.png', mimeType: 'image/png', buffer: picture(320, 200) }
      await Promise.all([(await chooser).setFiles(file), ben.page.keyboard.type(' sees', { delay: 15 })])
      await expect(images).toHaveCount(1)
      await converge()
      await expect(images).toHaveJSProperty('naturalWidth', 320)
    })

    await test.step('pasted and dropped, and one that is pasted as part of a page', async () => {
      await ada.goAfter('sees')
      await Promise.all([give(ada, 'paste', picture(64, 48)), ben.page.keyboard.type(' this')])
      await expect(images).toHaveCount(2)
      await dragOver(ben)
      await expect(ben.page.locator('.sheaf-drop-cursor')).toBeVisible()
      await Promise.all([give(ben, 'drop', picture(48, 48)), ada.page.keyboard.type('!')])
      await expect(images).toHaveCount(3)
      await ada.goToEnd()
      await ada.press('Enter')
      await ada.paste(`<p>of a page</p><img src="data:image/png;base64,${picture(32, 32).toString('base64')}">`)
      await expect(images).toHaveCount(4)
      await converge()
      // The bytes of an image are never part of the document.
      for (const { attrs } of nodesOf('image', await ada.shown()))
        expect(attrs?.['src']).toMatch(/^\/uploads\/[\w.-]+$/)
    })

    await test.step('described and resized, by keys and by pointer', async () => {
      const large = ada.editor.locator('img[src]').filter({ visible: true }).nth(1)
      await large.click()
      await ada.box('Image').getByLabel('Alternative text').fill('A flat roof')
      await Promise.all([ada.press('Enter'), ben.typeAfter('Ben', 'no')])
      await converge()
      await expect(ben.editor.getByRole('img', { name: 'A flat roof' })).toHaveCount(1)
      const described = ada.editor.getByRole('img', { name: 'A flat roof' })
      await described.click()
      const edge = ada.page.getByRole('slider', { name: 'Width of the image' })
      await edge.focus()
      await Promise.all([ada.press('ArrowLeft'), ben.page.keyboard.type(' too')])
      await converge()
      const place = await edge.boundingBox()
      if (place === null) throw new Error('the image has no edge')
      await ada.page.mouse.move(place.x + place.width / 2, place.y + place.height / 2)
      await ada.page.mouse.down()
      await ada.page.mouse.move(place.x - 60, place.y + 10, { steps: 4 })
      await Promise.all([ada.page.mouse.up(), ben.page.keyboard.type('.')])
      await converge()
      const widths = nodesOf('image', await ben.shown()).map(({ attrs }) => attrs?.['width'])
      expect(widths.filter((width) => width !== undefined)).toHaveLength(1)
    })
  })

test('US-39 an image that is too large, or none, is refused in words; nothing that was typed is lost', async ({
  stage,
}) => {
  const { ada, ben, converge } = await stage.pair(['React', 'React'], 'Too large', [paragraph('Start')])
  await ada.typeAtEnd(' before')
  await give(ada, 'paste', 30 * 1024 * 1024)
  await expect(ada.page.getByText(/has 30 MB, and an image may have 10 MB at most/).last()).toBeVisible()
  await give(ada, 'drop', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml')
  await expect(ada.page.getByText(/is no image that can be shown here/).last()).toBeVisible()
  await give(ada, 'paste', Buffer.from('<script>window.ran = true</script>'))
  await expect(ada.page.getByText(/could not be uploaded/).last()).toBeVisible()
  await ada.page.keyboard.type(' and after')
  await converge()
  await ben.sees('Start before and after')
})
