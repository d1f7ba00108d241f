import { paragraph, table } from '../support/blocks.ts'
import type { ContentNode } from '../support/api.ts'
import { nodesOf, textOf } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

/** The words of a table by row and column. */
const cellsOf = (content: readonly ContentNode[]): string[][] =>
  nodesOf('table_row', content).map((row) => (row.content ?? []).map(textOf))

for (const pair of PAIRS)
  test(`US-28 a table changes its rows, columns and header while the other types in a cell ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Tables', [
      paragraph('Before'),
      table(['Plant', 'Place'], ['Pear', 'East']),
    ])
    const cells = async (): Promise<string[][]> => cellsOf(await ben.shown())

    await test.step('rows', async () => {
      await ada.goAfter('Pear')
      await Promise.all([ada.tool('Add row below').click(), ben.typeAfter('East', ' wall')])
      await converge()
      expect(await cells()).toEqual([
        ['Plant', 'Place'],
        ['Pear', 'East wall'],
        ['', ''],
      ])
    })

    await test.step('columns', async () => {
      await ada.goAfter('Place')
      await Promise.all([ada.tool('Add column after').click(), ben.typeAfter('Pear', ' tree')])
      await converge()
      expect(await cells()).toEqual([
        ['Plant', 'Place', ''],
        ['Pear tree', 'East wall', ''],
        ['', '', ''],
      ])
    })

    await test.step('both type in cells, and one of them goes on into a new row', async () => {
      await ada.goAfter('East wall')
      await ada.press('Tab')
      await ben.goAfter('Pear tree')
      await Promise.all([
        ada.page.keyboard.type('sunny', { delay: 15 }),
        ben.page.keyboard.type('s', { delay: 15 }).then(() => ben.press('ArrowDown')),
      ])
      await converge()
      await ada.press('Tab')
      await ada.press('Tab')
      await ada.press('Tab')
      await ada.press('Tab')
      await Promise.all([ada.page.keyboard.type('Herbs'), ben.typeAfter('Plant', 's')])
      await converge()
      expect(await cells()).toEqual([
        ['Plants', 'Place', ''],
        ['Pear trees', 'East wall', 'sunny'],
        ['', '', ''],
        ['Herbs', '', ''],
      ])
    })

    await test.step('header', async () => {
      await ada.goAfter('Place')
      await Promise.all([ada.tool('Header row').click(), ben.typeAfter('Herbs', ' and mint')])
      await converge()
      expect(nodesOf('table_header', await ben.shown())).toEqual([])
      await ada.tool('Header row').click()
      await converge()
      expect(nodesOf('table_header', await ben.shown())).toHaveLength(3)
    })

    await test.step('columns and rows go', async () => {
      await ada.goAfter('sunny')
      await Promise.all([ada.tool('Delete column').click(), ben.typeAfter('East wall', ', low')])
      await converge()
      await ada.goAfter('Pear trees')
      await ada.press('ArrowDown')
      await Promise.all([ada.tool('Delete row').click(), ben.typeAfter('Herbs', ',')])
      await converge()
      expect(await cells()).toEqual([
        ['Plants', 'Place'],
        ['Pear trees', 'East wall, low'],
        ['Herbs, and mint', ''],
      ])
    })

    await test.step('one adds a row and the other a column at once', async () => {
      await Promise.all([ada.goAfter('Pear trees'), ben.goAfter('Place')])
      await Promise.all([ada.tool('Add row below').click(), ben.tool('Add column after').click()])
      await converge()
      // The gap where they cross is filled by whoever changes the table next.
      await ada.tool('Add row below').click()
      await converge()
      expect((await cells()).map((row) => row.length)).toEqual([3, 3, 3, 3, 3])
    })

    await test.step('the table goes while the other types in it', async () => {
      await ben.goAfter('low')
      await Promise.all([ada.tool('Delete table').click(), ben.page.keyboard.type(' and long', { delay: 5 })])
      await converge()
      expect(nodesOf('table', await ben.shown())).toEqual([])
      await ben.sees(/^Before/)
    })

    await test.step('a new one', async () => {
      await ada.goAfter('Before')
      await Promise.all([ada.tool('Table').click(), ben.typeAfter('Before', ' that')])
      await converge()
      expect(await cells()).toEqual([
        ['', '', ''],
        ['', '', ''],
        ['', '', ''],
      ])
    })
  })
