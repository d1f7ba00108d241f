import { paragraph } from '../support/blocks.ts'
import { expect, test } from '../support/story.ts'

for (const [key, pair, halves] of [
  ['Enter', ['React', 'Vue'], 'Mind the gap.\nThen we walk home slowly, all of us.'],
  ['Shift+Enter', ['Vue', 'React'], 'Mind the gap.Then we walk home slowly, all of us.'],
] as const)
  test(`US-60 a sentence reads on unbroken when somebody else presses ${key} before it while it is written`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'One paragraph', [
      paragraph('Mind the gap.Then we, all of us.'),
    ])
    // What keeps the caret is loaded when somebody comes to the text, together with the buttons above selected words.
    await ben.selectWords('Then')
    await expect(ben.bubble).toBeVisible()

    await ben.goAfter('Then we')
    await ben.page.keyboard.type(' walk')
    await ada.sees('Mind the gap.Then we walk, all of us.')
    await ada.goAfter('gap.')
    await ada.press(key)
    const places = ben.editor.locator(key === 'Enter' ? ':scope > p' : ':scope > p br:not(.ProseMirror-trailingBreak)')
    await expect(places).toHaveCount(key === 'Enter' ? 2 : 1)
    // Nobody has put the caret anywhere since.
    await ben.page.keyboard.type(' home slowly')
    await ada.sees(halves)
    await ben.sees(halves)
    await converge()
  })
