import { expect, test } from '../support/story.ts'

test('US-7 three people who type in the same paragraph end with the same text, every letter in it once', async ({
  stage,
}) => {
  const { id, people } = await stage.together('One paragraph', ['()'], 'Ada', 'Ben', 'Cleo')
  // Each writes with letters of their own, so that every letter tells whose it is.
  const texts = ['abcdefgh'.repeat(8), 'ijklmnop'.repeat(8), 'qrstuvwx'.repeat(8)]
  for (const person of people) {
    await expect(async () => {
      await person.goToEnd()
      await person.page.keyboard.press('ArrowLeft')
      expect(await person.textBesideCaret('after')).toBe(')')
    }).toPass({ timeout: 15_000 })
  }
  await Promise.all(people.map((person, index) => person.page.keyboard.type(texts[index] ?? '', { delay: 25 })))
  await Promise.all(people.map((person) => person.isSaved()))

  const stored = await stage.api.text(people[0]!.account, id)
  for (const person of people) await person.sees(stored)
  expect(stored).toMatch(/^\([a-x]*\)$/)
  for (const text of texts) {
    const own = new Set(text)
    expect([...stored].filter((letter) => own.has(letter)).join('')).toBe(text)
  }
})
