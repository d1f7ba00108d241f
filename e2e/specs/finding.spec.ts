import { heading, paragraph, table } from '../support/blocks.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

for (const pair of PAIRS)
  test(`US-32 words are found and replaced while the other types more of them ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Finding', [
      heading(2, 'The pear'),
      paragraph('A pear is no Pear tree.'),
      table(['fruit', 'pear']),
      paragraph('End'),
    ])
    const panel = ada.page.getByRole('search', { name: 'Find and replace' })
    await ada.goToStart()
    await ada.press('ControlOrMeta+f')
    await panel.getByLabel('Find', { exact: true }).fill('pear')
    await expect(panel).toContainText('4')
    await ben.goToEnd()
    await ben.page.keyboard.type(' of the pear')
    await expect(panel).toContainText('5')

    await panel.getByRole('button', { name: 'Match case' }).click()
    await expect(panel).toContainText('4')
    await panel.getByRole('button', { name: 'Next match' }).click()
    await expect(panel).toContainText('1 of 4')
    await panel.getByLabel('Replace with').fill('plum')
    await Promise.all([
      panel.getByRole('button', { name: 'Replace', exact: true }).click(),
      ben.page.keyboard.type(' again'),
    ])
    await converge()
    await ben.sees('The plum\nA pear is no Pear tree.\nfruitpear\nEnd of the pear again')

    await Promise.all([
      panel.getByRole('button', { name: 'Replace all' }).click(),
      ben.page.keyboard.type(' and again', { delay: 10 }),
    ])
    await converge()
    await ben.sees('The plum\nA plum is no Pear tree.\nfruitplum\nEnd of the plum again and again')
    await panel.getByRole('button', { name: 'Close' }).click()
    await expect(ada.editor).toBeFocused()
    // One step of undo for what was one press of a button, and nothing of the other's.
    await ada.press('ControlOrMeta+z')
    await converge()
    await ben.sees('The plum\nA pear is no Pear tree.\nfruitpear\nEnd of the pear again and again')
  })
