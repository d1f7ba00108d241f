import { paragraph } from '../support/blocks.ts'
import { expect, test } from '../support/story.ts'

const HOSTILE = [
  '<img src=x onerror="window.ran = 1">',
  '<svg onload="window.ran = 1"><script>window.ran = 1</script></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.ran=1&gt;">',
  '<iframe srcdoc="<script>parent.ran = 1</script>"></iframe>',
  '<a href="java&#10;script:window.ran=1">link</a><a href="data:text/html,<script>1</script>">data</a>',
  '<form action="https://evil.example"><input name=a><button formaction="javascript:window.ran=1">b</button></form>',
  '<p style="background:url(https://evil.example/x)">styled</p><link rel=stylesheet href="https://evil.example/a.css">',
  '<p>never <b>closed <i>and <table><tr><td>crossed</b></i></p><li>alone</li></td></div></div>',
  `${'<div>'.repeat(1_000)}deep${'</div>'.repeat(1_000)}`,
  `${'<ul><li>'.repeat(150)}nested`,
  '<table><tr><td colspan=99999 rowspan=99999>wide</td></tr></table>',
  '\u0000<p>\ufffe broken letters</p>',
  // Half of a character, which no encoding can carry.
  '<p>half \ud83d of <b>one\ude00</b></p>',
]

test('US-36 no script of pasted HTML runs, nothing is loaded, and broken HTML stops nobody from writing', async ({
  stage,
}) => {
  const { ada, ben, converge } = await stage.pair(['React', 'React'], 'Hostile', [paragraph('Safe')])
  const foreign: string[] = []
  for (const { page } of [ada, ben])
    page.on('request', (request) => {
      if (new URL(request.url()).hostname.includes('evil')) foreign.push(request.url())
    })
  for (const html of HOSTILE) {
    await ada.goToEnd()
    await ada.press('Enter')
    await ada.paste(html)
  }
  await ada.press('Enter')
  await ada.pasteText('words with half \udc00 a character ')
  await ada.typeAtEnd('END')
  await converge()
  await ben.sees(/^Safe\n[\s\S]*END$/)
  await ben.reload()
  await converge()
  for (const { page } of [ada, ben]) {
    expect(await page.evaluate(() => 'ran' in window)).toBe(false)
    const unsafe = '[onerror], [onload], script, iframe, form, [href^="java" i], [href^="data" i], [style*=url]'
    expect(await page.locator(`.sheaf-content :is(${unsafe})`).count()).toBe(0)
  }
  expect(foreign).toEqual([])
})

test('US-37 pasted megabytes are refused in words, and what was typed stays', async ({ stage }) => {
  const { ada, ben, converge } = await stage.pair(['React', 'React'], 'Megabytes', [paragraph('Start')])
  await ada.typeAtEnd(' before')
  await ada.pasteText('word '.repeat(1_000_000))
  await expect(ada.page.getByText(/too long for one paste/).last()).toBeVisible()
  await ada.page.keyboard.type(' after')
  await converge()
  await ben.sees('Start before after')

  // Five megabytes of styles around a few words: the words come in.
  await ada.pasteText(' of it', `<style>${'p { color: red } '.repeat(300_000)}</style><p> of it</p>`)
  await converge()
  await ben.sees('Start before after of it')

  // As much as a paste may have goes through as one edit, and the other one goes on typing meanwhile.
  await ada.press('Enter')
  await Promise.all([ada.pasteText('x'.repeat(190_000)), ben.typeAfter('Start', 'ed')])
  await converge()
  expect((await ben.text()).length).toBe('Started before after of it\n'.length + 190_000)
})
