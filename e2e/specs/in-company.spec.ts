import { paragraph } from '../support/blocks.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

for (const pair of PAIRS)
  test(`US-50 carets, undo, versions, offline, reload, tabs and rights hold in each pair ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { id, ada, ben, converge } = await stage.pair(pair, 'Company', [paragraph('Start.')])

    await test.step('carets and who is here', async () => {
      await ben.goToEnd()
      await expect(ada.caretOf('Ben')).toHaveCount(1)
      await expect(ada.presence.getByRole('img', { name: 'Ben' })).toBeVisible()
    })

    await test.step('undo and redo of one’s own only', async () => {
      await ada.goToEnd()
      // At once: letters that come slowly would be taken back one after the other.
      await ada.page.keyboard.insertText(' Ada.')
      await ben.sees('Start. Ada.')
      await ben.typeAtEnd(' Ben.')
      await ada.sees('Start. Ada. Ben.')
      await ada.tool('Undo').click()
      await converge()
      await ben.sees('Start. Ben.')
      await ada.tool('Redo').click()
      await converge()
      await ben.sees('Start. Ada. Ben.')
    })

    await test.step('a version is named, and restored while the other types', async () => {
      await ada.nameVersion('Before')
      await ada.typeAtEnd(' Wrong.')
      await ben.sees('Start. Ada. Ben. Wrong.')
      await ben.goToEnd()
      const typing = ben.page.keyboard.type(' on and on', { delay: 20 })
      await ada.restoreVersion('Before')
      await typing
      await converge()
      await ada.sees(/^Start\. Ada\. Ben\.(?!.*Wrong)/)
    })

    await test.step('offline and back, with a reload in between', async () => {
      ben.network.cutSockets()
      await ben.typeAtEnd(' offline')
      await expect(ben.saveStatus).toContainText('on this device')
      await ada.goToStart()
      await ada.page.keyboard.type('Meanwhile: ')
      await ben.reload()
      ben.network.heal()
      await converge()
      await ada.sees(/^Meanwhile: Start\. Ada\. Ben\..* offline$/)
    })

    await test.step('two tabs', async () => {
      const tab = await ada.anotherTab()
      await tab.open('Company')
      await tab.typeAtEnd(' Tab.')
      await ben.sees(/ Tab\.$/)
      await stage.converge(id, ada, ben, tab)
      await tab.closeTab()
    })

    await test.step('a right that is withdrawn while typing', async () => {
      ben.network.hold('to server')
      await ben.typeAtEnd(' unsent')
      await stage.api.share(ada.account, id, ben.account, 'viewer')
      await expect(ben.writable).toHaveCount(0)
      ben.network.deliver()
      await expect(ben.message.first()).toContainText(/role|right/i)
      await ben.sees(/ unsent$/)
      await expect(ben.exportButton.first()).toBeVisible()
      await stage.converge(id, ada)
      await ada.sees(/ Tab\.$/)
    })
  })
