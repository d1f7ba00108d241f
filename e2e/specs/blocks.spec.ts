import { paragraph } from '../support/blocks.ts'
import { nodesOf, textOf } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

for (const pair of PAIRS)
  test(`US-27 headings, quotes, code, dividers and line breaks while the other types in the same block ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Blocks', [
      paragraph('Roof'),
      paragraph('Said'),
      paragraph('x'),
    ])
    const style = ada.toolbar.getByLabel('Text style')

    await test.step('headings', async () => {
      await ada.goAfter('Roof')
      await Promise.all([style.selectOption('heading-2'), ben.typeAfter('Said', ' Ada')])
      await converge()
      expect((await ben.shown())[0]).toMatchObject({ type: 'heading', attrs: { level: 2 } })
      await Promise.all([ada.press('ControlOrMeta+Alt+1'), ben.typeAfter('Roof', ' garden')])
      await converge()
      expect((await ben.shown())[0]).toMatchObject({ type: 'heading', attrs: { level: 1 } })
      await ada.sees(/^Roof garden\nSaid Ada\n/)
      // Both change the kind of the same block at the same time: one of the two wins, the same one for both.
      await ben.goAfter('garden')
      await Promise.all([ada.press('ControlOrMeta+Alt+0'), ben.press('ControlOrMeta+Alt+3')])
      await converge()
    })

    await test.step('quote', async () => {
      await ada.goAfter('Said')
      await Promise.all([ada.tool('Quote').click(), ben.typeAfter('x', ' = 1')])
      await converge()
      expect(nodesOf('blockquote', await ben.shown()).map(textOf)).toEqual(['Said Ada'])
      await ada.goAfter('Ada')
      await Promise.all([ada.page.keyboard.type(' once'), ben.typeAfter('Said', ' to')])
      await converge()
      expect(nodesOf('blockquote', await ben.shown()).map(textOf)).toEqual(['Said to Ada once'])
      await Promise.all([ada.tool('Quote').click(), ben.typeAfter('= 1', '2')])
      await converge()
      expect(nodesOf('blockquote', await ben.shown())).toEqual([])
      await ada.sees(/\nSaid to Ada once\nx = 12$/)
    })

    await test.step('code with its language', async () => {
      await ada.goAfter('x')
      await Promise.all([style.selectOption('code_block'), ben.typeAfter('Said', ' us and')])
      await converge()
      const language = ada.page.getByLabel('Language of the code')
      await language.fill('typescript')
      await Promise.all([ada.press('Enter'), ben.typeAfter('x = 12', '\ny = 2')])
      await converge()
      expect(nodesOf('code_block', await ben.shown())).toEqual([
        { type: 'code_block', attrs: { language: 'typescript' }, content: [{ type: 'text', text: 'x = 12\ny = 2' }] },
      ])
      await ada.goAfter('y = 2')
      await ada.press('ControlOrMeta+Enter')
      await ada.page.keyboard.type('After the code')
      await converge()
    })

    await test.step('divider and line break', async () => {
      await ada.goAfter('to Ada once')
      await Promise.all([ada.tool('Divider').click(), ben.typeAfter('once', ' more')])
      await converge()
      expect(nodesOf('horizontal_rule', await ben.shown())).toHaveLength(1)
      // Before the break: whoever types behind it in the same moment may find their words before it (decision 11).
      await ada.goAfter('the code')
      await Promise.all([ada.press('Shift+Enter'), ben.typeAfter('After', ' all')])
      await converge()
      expect(nodesOf('hard_break', await ben.shown())).toHaveLength(1)
      await ada.page.keyboard.type('comes this')
      await converge()
      await ben.sees(/\nAfter all the codecomes this$/)
    })
  })
