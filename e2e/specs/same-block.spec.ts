import { paragraph } from '../support/blocks.ts'
import { expect, test } from '../support/story.ts'

test('US-51 words that one types into a block while the other makes it another kind of block are kept', async ({
  stage,
}) => {
  const { ada, ben, converge } = await stage.pair(['React', 'Vue'], 'The same block', [
    paragraph('Alpha'),
    paragraph('Beta'),
    paragraph('Gamma'),
    paragraph('Delta'),
  ])
  for (const [place, change] of [
    ['Alpha', () => ada.press('ControlOrMeta+Alt+2')],
    ['Beta', () => ada.tool('Bulleted list').click()],
    ['Gamma', () => ada.tool('Quote').click()],
    ['Delta', () => ada.press('ControlOrMeta+Alt+c')],
  ] as const)
    await test.step(place, async () => {
      await ada.goAfter(place)
      await ben.goAfter(place)
      // Neither hears of the other until both have written.
      for (const { network } of [ada, ben]) network.hold('to browser')
      await Promise.all([change(), ben.page.keyboard.type(`-${place}`)])
      for (const { network } of [ada, ben]) network.deliver()
      await converge()
      expect(await ada.text()).toContain(`-${place}`)
    })
})
