import { paragraph } from '../support/blocks.ts'
import { wordsWith } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

const MARKS = [
  { label: 'Bold', type: 'strong', keys: 'ControlOrMeta+b' },
  { label: 'Italic', type: 'em', keys: 'ControlOrMeta+i' },
  { label: 'Underline', type: 'underline', keys: 'ControlOrMeta+u' },
  { label: 'Strikethrough', type: 'strike', keys: 'ControlOrMeta+Shift+s' },
  { label: 'Highlight', type: 'highlight', keys: 'ControlOrMeta+Shift+h' },
  { label: 'Inline code', type: 'code', keys: 'ControlOrMeta+e' },
] as const

for (const pair of PAIRS)
  test(`US-24 words are marked by keys, bubble and toolbar while the other types beside them ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const words = MARKS.map(({ type }) => type).join(' ')
    const { ada, ben, converge } = await stage.pair(pair, 'Marks', [paragraph(`${words} Ben`)])
    let typed = ''
    for (const { label, type, keys } of MARKS)
      await test.step(label, async () => {
        await ada.selectWords(type)
        await ben.goAfter(`Ben${typed}`)
        await Promise.all([ada.press(keys), ben.page.keyboard.type(` ${label} one,`)])
        await converge()
        expect(wordsWith(type, await ben.shown())).toEqual([type])

        const button = ada.bubble.getByRole('button', { name: label })
        await expect(button).toHaveAttribute('aria-pressed', 'true')
        await Promise.all([button.click(), ben.page.keyboard.type(' two,')])
        await converge()
        expect(wordsWith(type, await ben.shown())).toEqual([])

        await Promise.all([ada.tool(label).click(), ben.page.keyboard.type(' three,')])
        await converge()
        expect(wordsWith(type, await ben.shown())).toEqual([type])
        typed += ` ${label} one, two, three,`
        await ada.sees(`${words} Ben${typed}`)
      })
  })

for (const pair of PAIRS)
  test(`US-24 a mark that is chosen for the next letters waits for them while the other types ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Next letters', [paragraph('Plain '), paragraph('Ben')])
    await ada.goAfter('Plain ')
    await ada.press('ControlOrMeta+b')
    await ben.goToEnd()
    await ben.page.keyboard.type(' was here')
    await ada.sees('Plain \nBen was here')
    await ada.page.keyboard.type('bold')
    await ada.press('ControlOrMeta+b')
    await ben.page.keyboard.type(' again')
    await ada.sees('Plain bold\nBen was here again')
    await ada.page.keyboard.type(' and plain')
    await converge()
    expect(wordsWith('strong', await ben.shown())).toEqual(['bold'])
  })

for (const pair of PAIRS)
  test(`US-25 a link is made, changed and removed while the other types in it ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Links', [paragraph('Read our page, please.')])
    const links = ben.editor.getByRole('link')
    const box = ada.box('Link')

    await ada.selectWords('our page')
    await ada.press('ControlOrMeta+k')
    await box.getByLabel('Link address').fill('example.com/first')
    await Promise.all([ada.press('Enter'), ben.typeAfter('please', ' do')])
    await converge()
    await expect(links).toHaveAttribute('href', 'https://example.com/first')

    await ada.goAfter('our')
    await expect(box.getByRole('link')).toHaveText('https://example.com/first')
    await box.getByRole('button', { name: 'Edit link' }).click()
    await box.getByLabel('Link address').fill('javascript:alert(1)')
    await ada.press('Enter')
    await expect(box.getByRole('alert')).toBeVisible()
    await box.getByLabel('Link address').fill('https://example.com/second')
    await Promise.all([ada.press('Enter'), ben.typeAfter('our', ' own')])
    await converge()
    await expect(links.first()).toHaveAttribute('href', 'https://example.com/second')
    expect((await ada.shown())[0]).toEqual((await ben.shown())[0])

    await ada.goAfter('pag')
    await Promise.all([box.getByRole('button', { name: 'Remove link' }).click(), ben.typeAfter('do', ' it')])
    await converge()
    await ada.sees('Read our own page, please do it.')

    await test.step('by the toolbar', async () => {
      await ada.selectWords('please')
      await ada.tool('Link').click()
      await ada.toolbar.getByLabel('Link address').fill('mailto:us@example.com')
      await Promise.all([ada.press('Enter'), ben.typeAfter('own', ' new')])
      await converge()
      expect(wordsWith('link', await ben.shown())).toContain('please')
    })
  })
