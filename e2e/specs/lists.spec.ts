import { bullets, paragraph, tasks } from '../support/blocks.ts'
import { nodesOf, textOf } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

for (const pair of PAIRS)
  test(`US-26 lists of every kind are made, nested and ticked while the other types in them ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Lists', [
      paragraph('one'),
      bullets('red', 'green', 'blue'),
      tasks('buy soil', 'ask Cleo'),
    ])

    await test.step('into a list, into another one, and out of it', async () => {
      await ada.goAfter('one')
      await ben.goAfter('green')
      for (const [tool, shown] of [
        ['Bulleted list', 'bullet_list'],
        ['Numbered list', 'ordered_list'],
        ['Task list', 'task_list'],
      ] as const) {
        await Promise.all([ada.tool(tool).click(), ben.page.keyboard.type(' leaf')])
        await converge()
        expect(nodesOf(shown, await ben.shown()).map(textOf)).toContain('one')
      }
      await Promise.all([ada.tool('Task list').click(), ben.page.keyboard.type(' tea')])
      await converge()
      await ada.sees(/^one\nredgreen leaf leaf leaf teablue\n/)
    })

    await test.step('deeper and back', async () => {
      await ada.goAfter('tea')
      await Promise.all([ada.press('Tab'), ben.typeAfter('blue', ' sky')])
      await converge()
      const inner = nodesOf('bullet_list', (await ben.shown()).slice(1)).map(textOf)
      expect(inner).toEqual(['redgreen leaf leaf leaf teablue sky', 'green leaf leaf leaf tea'])
      await Promise.all([ada.press('Shift+Tab'), ben.page.keyboard.type(' and sea')])
      await converge()
      expect(nodesOf('bullet_list', await ben.shown()).map(textOf)).toEqual([
        'redgreen leaf leaf leaf teablue sky and sea',
      ])
    })

    await test.step('ticks', async () => {
      const [first, second] = [ada.editor.getByRole('checkbox').first(), ben.editor.getByRole('checkbox').nth(1)]
      await Promise.all([first.click(), ben.typeAfter('buy soil', ' and seeds')])
      await converge()
      await Promise.all([ada.typeAfter('ask Cleo', ' about it'), second.click()])
      await converge()
      const checked = nodesOf('task_item', await ada.shown()).map(({ attrs }) => attrs?.['checked'])
      expect(checked).toEqual([true, true])
      await ada.goAfter('and seeds')
      await Promise.all([ada.press('ControlOrMeta+Enter'), ben.typeAfter('about it', ' today')])
      await converge()
      expect(nodesOf('task_item', await ben.shown()).map((item) => [item.attrs?.['checked'], textOf(item)])).toEqual([
        [undefined, 'buy soil and seeds'],
        [true, 'ask Cleo about it today'],
      ])
    })

    await test.step('a new item begins unticked, at once on both sides', async () => {
      await ada.goAfter('and seeds')
      await ben.goAfter('it today')
      await Promise.all([ada, ben].map((person) => person.page.keyboard.type('\nnew')))
      await converge()
      const items = nodesOf('task_item', await ada.shown())
      expect(items.map((item) => [item.attrs?.['checked'], textOf(item)])).toEqual([
        [undefined, 'buy soil and seeds'],
        [undefined, 'new'],
        [true, 'ask Cleo about it today'],
        [undefined, 'new'],
      ])
    })
  })
