import { expect, test } from '../support/story.ts'

const HOSTILE = [
  '<a href="javascript:window.hacked=1">one</a>',
  '<a href="java&#10;script:window.hacked=1">two</a>',
  '<a href=" JAVASCRIPT:window.hacked=1">three</a>',
  '<a href="data:text/html,<script>window.hacked=1</script>">four</a>',
  '<a href="vbscript:window.hacked=1">five</a>',
  '<img src=x onerror="window.hacked=1">',
  '<a href="https://example.com/good">six</a>',
]

test('US-19 a pasted javascript: link is inert, for everybody', async ({ stage }) => {
  const { people } = await stage.together('Pasted', [''], 'Ada', 'Ben')
  const [ada, ben] = people
  if (ada === undefined || ben === undefined) throw new Error('nobody came')
  await ada.goToEnd()
  await ada.paste(`<p>${HOSTILE.join(' ')}</p>`)
  await ada.isSaved()
  await ben.sees(/one.*two.*three.*four.*five.*six/)
  for (const person of [ada, ben]) {
    const targets = await person.editor
      .locator('a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    expect(targets).toEqual(['https://example.com/good'])
    for (const word of ['one', 'two', 'three', 'four', 'five'])
      await person.editor.getByText(word).click({ modifiers: ['ControlOrMeta'] })
    expect(await person.page.evaluate(() => 'hacked' in window)).toBe(false)
  }
})
