import { paragraph } from '../support/blocks.ts'
import { nodesOf, textOf, wordsWith } from '../support/shown-content.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

const GOOGLE_DOCS =
  '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1a2b"><h1 dir="ltr"><span>Plan</span></h1>' +
  '<p dir="ltr"><span style="font-weight:700">bold</span><span style="font-weight:400"> and </span>' +
  '<span style="font-style:italic">slanted</span></p><br><ul><li dir="ltr"><p dir="ltr"><span>soil</span></p></li></ul>' +
  '<table><tbody><tr><td><p><span>a</span></p></td><td><p><span>b</span></p></td></tr></tbody></table></b>'
const WORD =
  '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><style>p.MsoNormal{margin:0}</style>' +
  '<p class=MsoTitle>Letter<o:p></o:p></p><p class=MsoListParagraph style="mso-list:l0 level1 lfo1">' +
  '<span style="mso-list:Ignore">·<span>   </span></span>first<o:p></o:p></p>' +
  '<p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·</span>second</p>' +
  '<p class=MsoNormal>End<o:p>&nbsp;</o:p></p></body></html>'
const WEB =
  '<article onclick="window.ran = true"><style>p { color: red }</style><h2 style="color:red">News</h2>' +
  '<p>Read <a href="https://example.com/a" onmouseover="window.ran = true">more</a><script>window.ran = true</script></p>' +
  '<pre><code class="language-js">let x</code></pre><img src="x" onerror="window.ran = true" width="1"></article>'

for (const pair of PAIRS)
  test(`US-35 what Google Docs, Word and a page put on the clipboard is pasted clean while the other types ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(
      pair,
      'Pasting',
      ['w', 'x', 'y', 'Ben:'].map((text) => paragraph(text)),
    )
    await ben.goToEnd()
    for (const [place, from, html] of [
      ['w', 'Google', GOOGLE_DOCS],
      ['x', 'Word', WORD],
      ['y', 'web', WEB],
    ] as const)
      await test.step(from, async () => {
        await ada.goAfter(place)
        await ada.press('Backspace')
        await Promise.all([ada.paste(html), ben.page.keyboard.type(` ${from}`, { delay: 10 })])
        await converge()
      })
    const content = await ben.shown()
    expect(nodesOf('heading', content).map(textOf).toSorted()).toEqual(['Letter', 'News', 'Plan'])
    expect(wordsWith('strong', content)).toEqual(['bold'])
    expect(wordsWith('em', content)).toEqual(['slanted'])
    expect(nodesOf('bullet_list', content).map(textOf).toSorted()).toEqual(['firstsecond', 'soil'])
    expect(nodesOf('table_cell', content).map(textOf)).toEqual(['a', 'b'])
    expect(wordsWith('link', content)).toEqual(['more'])
    expect(nodesOf('code_block', content).map(textOf)).toEqual(['let x'])
    await ben.sees(/\nBen: Google Word web$/)
    for (const person of [ada, ben]) expect(await person.page.evaluate(() => 'ran' in window)).toBe(false)

    await test.step('what one copies, the other pastes as it was', async () => {
      const copied = await ada.copyAll()
      await ben.press('Enter')
      await ben.paste(copied)
      await converge()
      expect(nodesOf('heading', await ada.shown())).toHaveLength(6)
      expect(nodesOf('table_cell', await ada.shown())).toHaveLength(4)
    })
  })
