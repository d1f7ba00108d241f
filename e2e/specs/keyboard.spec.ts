import { expect, test } from '../support/story.ts'
import type { Person } from '../support/person.ts'
import type { Locator } from '@playwright/test'

/** Presses Tab until the focus is there; nobody should need more. */
async function tabTo(person: Person, target: Locator): Promise<void> {
  const isThere = (): Promise<boolean> => target.evaluate((element) => element === document.activeElement)
  for (let presses = 0; presses < 60; presses++) {
    if (await isThere()) return
    await person.page.keyboard.press('Tab')
  }
  throw new Error('60 presses of Tab did not lead there')
}

test('US-21 everything that writing needs can be done with the keyboard alone', async ({ stage }) => {
  const account = await stage.api.register('Ada')
  const ada = await stage.visitor(account)
  await ada.page.goto(ada.network.url)
  await tabTo(ada, ada.emailField)
  await ada.page.keyboard.type(account.email)
  await tabTo(ada, ada.passwordField)
  await ada.page.keyboard.type(account.password)
  await ada.page.keyboard.press('Enter')
  await expect(ada.list).toBeVisible()

  await tabTo(ada, ada.createButton)
  await ada.page.keyboard.press('Enter')
  await ada.isLoaded()
  await tabTo(ada, ada.editor)
  await ada.page.keyboard.type('# Title')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('plain ')
  await ada.page.keyboard.press('ControlOrMeta+b')
  await ada.page.keyboard.type('bold')
  await ada.page.keyboard.press('ControlOrMeta+b')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('- item')
  await expect(ada.editor.getByRole('heading', { level: 1 })).toHaveText('Title')
  await expect(ada.editor.getByRole('strong')).toHaveText('bold')
  await expect(ada.editor.getByRole('listitem')).toHaveText('item')
  await ada.isSaved()

  // Out of a list Tab leaves the editor, and the toolbar is reached backwards.
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.press('Shift+Tab')
  await expect(ada.editor).not.toBeFocused()
})
