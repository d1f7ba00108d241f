import { empty, paragraph } from '../support/blocks.ts'
import { nodesOf, textOf, wordsWith } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

for (const pair of PAIRS)
  test(`US-29 what is typed as Markdown becomes what it says, on both sides at once ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Markdown', [empty, { type: 'horizontal_rule' }, empty])
    await ada.goToStart()
    await ben.goToEnd()
    const type = (text: string) => (person: typeof ada) => person.page.keyboard.type(text, { delay: 5 })

    await Promise.all([
      type('# Title\n**bold** *em* ~~gone~~ ==light== `code` https://example.com and\n- point\n\n')(ada),
      type('### Third\n1. first\nsecond\n\n[x] done\n\n> quoted\n\n\n')(ben),
    ])
    await converge()
    const content = await ada.shown()
    expect(nodesOf('heading', content).map((node) => [node.attrs?.['level'], textOf(node)])).toEqual([
      [1, 'Title'],
      [3, 'Third'],
    ])
    for (const [mark, word] of Object.entries({
      strong: 'bold',
      em: 'em',
      strike: 'gone',
      highlight: 'light',
      code: 'code',
    }))
      expect(wordsWith(mark, content)).toEqual([word])
    expect(wordsWith('link', content)).toEqual(['https://example.com'])
    expect(nodesOf('bullet_list', content).map(textOf)).toEqual(['point'])
    expect(nodesOf('ordered_list', content).map(textOf)).toEqual(['firstsecond'])
    expect(nodesOf('task_item', content)).toMatchObject([{ attrs: { checked: true } }])
    expect(nodesOf('blockquote', content).map(textOf)).toEqual(['quoted'])

    await Promise.all([type('```js let\n')(ada), type('---after')(ben)])
    await converge()
    expect(nodesOf('code_block', await ben.shown())).toMatchObject([{ attrs: { language: 'js' } }])
    expect(nodesOf('horizontal_rule', await ben.shown())).toHaveLength(2)

    // Backspace right after it brings back what was typed.
    await ben.press('Enter')
    await type('# ')(ben)
    await ben.press('Backspace')
    await Promise.all([type('5 is no heading')(ben), type('x = 1')(ada)])
    await converge()
    await ben.sees(/\n# 5 is no heading$/)
  })

for (const pair of PAIRS)
  test(`US-30 the menu after a slash puts in what is chosen while the other types ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(
      pair,
      'Slash menu',
      ['w', 'x', 'y', 'z', 'Ben: '].map((text) => paragraph(text)),
    )
    const menu = ada.page.getByRole('listbox', { name: 'Insert' })
    await ben.goToEnd()
    for (const [place, words, chosen, type] of [
      ['w', '/quote', 'Quote', 'blockquote'],
      ['x', '/todo', 'Task list', 'task_list'],
      ['y', '/h2', 'Heading 2', 'heading'],
      ['z', '/grid', 'Table', 'table'],
    ] as const)
      await test.step(words, async () => {
        await ada.goAfter(place)
        await ada.press('Backspace')
        await Promise.all([ada.page.keyboard.type(words), ben.page.keyboard.type(`${chosen}, `, { delay: 15 })])
        await expect(menu.getByRole('option', { selected: true })).toHaveText(chosen)
        await Promise.all([ada.press('Enter'), ben.page.keyboard.type('and ')])
        await converge()
        await expect(menu).toBeHidden()
        expect(nodesOf(type, await ben.shown())).toHaveLength(1)
        await Promise.all([ada.page.keyboard.type(chosen), ben.page.keyboard.type('on. ')])
        await converge()
        expect(nodesOf(type, await ben.shown()).map(textOf)).toEqual([chosen])
      })
    await ben.sees(/\nBen: Quote, and on\. Task list, and on\. Heading 2, and on\. Table, and on\. $/)

    await test.step('a slash that is left stays a slash', async () => {
      await ben.page.keyboard.type('/')
      await expect(ben.page.getByRole('listbox', { name: 'Insert' })).toBeVisible()
      await ben.press('Escape')
      await expect(ben.page.getByRole('listbox', { name: 'Insert' })).toBeHidden()
      await converge()
      await ada.sees(/ \/$/)
    })
  })
