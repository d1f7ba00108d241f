import { expect } from '@playwright/test'
import type { BrowserContext, Locator, Page } from '@playwright/test'
import type { Account, ContentNode } from './api.ts'
import type { Network } from './network.ts'
import { plainContent, readShown } from './shown-content.ts'

/** Which of the demo's two pages of a document somebody uses. */
export type Framework = 'React' | 'Vue'

/**
 * Somebody at a browser window. All that the stories know of the demo's markup is here, by role and label, as a person
 * who hears the page instead of seeing it would find it.
 */
export class Person {
  readonly account: Account
  readonly context: BrowserContext
  readonly network: Network
  readonly page: Page
  readonly framework: Framework

  constructor(account: Account, context: BrowserContext, network: Network, page: Page, framework: Framework = 'React') {
    this.account = account
    this.context = context
    this.network = network
    this.page = page
    this.framework = framework
  }

  /** The same person in one more tab of the same browser. */
  async anotherTab(): Promise<Person> {
    const page = await this.context.newPage()
    await page.goto(this.network.url)
    return new Person(this.account, this.context, this.network, page, this.framework)
  }

  // ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────────

  get emailField(): Locator {
    return this.page.getByLabel('E-mail')
  }

  get passwordField(): Locator {
    return this.page.getByLabel('Password')
  }

  /** The buttons that sign in with a ready account. */
  get demoAccounts(): Locator {
    return this.page.getByRole('button', { name: /^Continue as/ })
  }

  async enterCredentials(email: string, password: string): Promise<void> {
    await this.page.goto(this.network.url)
    await this.emailField.fill(email)
    await this.passwordField.fill(password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async signIn(): Promise<void> {
    await this.enterCredentials(this.account.email, this.account.password)
    await expect(this.list).toBeVisible()
  }

  async signUp(): Promise<void> {
    await this.page.goto(this.network.url)
    await this.page.getByRole('button', { name: 'Create an account' }).click()
    await this.page.getByLabel('Name').fill(this.account.name)
    await this.emailField.fill(this.account.email)
    await this.passwordField.fill(this.account.password)
    await this.page.getByRole('button', { name: 'Create account', exact: true }).click()
    await expect(this.list).toBeVisible()
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: /^Account of/ }).click()
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click()
  }

  /** How much content and how many unsent edits are in the browser's database, or one kind of these. */
  recordsOnDevice(kinds: readonly ('states' | 'operations' | 'updates')[] = ['states', 'operations', 'updates']) {
    return this.page.evaluate(async (stores): Promise<number> => {
      let records = 0
      for (const { name } of await indexedDB.databases()) {
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(name ?? '')
          opening.addEventListener('success', () => resolve(opening.result))
          opening.addEventListener('error', () => reject(opening.error ?? new Error('not opened')))
        })
        for (const store of stores)
          records += await new Promise<number>((resolve, reject) => {
            const counting = database.transaction(store).objectStore(store).count()
            counting.addEventListener('success', () => resolve(counting.result))
            counting.addEventListener('error', () => reject(counting.error ?? new Error('not counted')))
          })
        database.close()
      }
      return records
    }, kinds)
  }

  // ── the list of documents ──────────────────────────────────────────────────────────────────────────────────────────

  get list(): Locator {
    return this.page.getByRole('heading', { name: 'Documents', level: 1 })
  }

  get entries(): Locator {
    return this.page.getByRole('main').getByRole('listitem')
  }

  get createButton(): Locator {
    return this.page.getByRole('button', { name: 'New document' }).first()
  }

  entry(title: string): Locator {
    return this.page.getByRole('link', { name: title })
  }

  /** Opens a document from the list, and waits until its content is there. */
  async open(title: string): Promise<void> {
    if (this.framework === 'React') await this.entry(title).click()
    else await this.page.goto(`${this.network.url}/vue${await this.entry(title).getAttribute('href')}`)
    await this.isLoaded()
  }

  async create(): Promise<void> {
    await this.createButton.click()
    await this.isLoaded()
  }

  async delete(title: string): Promise<void> {
    await this.page.getByRole('button', { name: `Actions for ${title}` }).click()
    await this.page.getByRole('menuitem', { name: 'Delete' }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  }

  /** Back to the list. */
  async leave(): Promise<void> {
    await this.page.getByRole('link', { name: 'Back to documents' }).click()
    await expect(this.list).toBeVisible()
  }

  // ── the document ───────────────────────────────────────────────────────────────────────────────────────────────────

  get editor(): Locator {
    return this.page.getByRole('textbox', { name: 'Document' })
  }

  get saveStatus(): Locator {
    return this.page.getByRole('status', { name: 'Save status' })
  }

  /** The editor, while it can be typed in. */
  get writable(): Locator {
    return this.page.locator('[contenteditable=true]')
  }

  /** What the page says about a change of rights or a refusal. */
  get message(): Locator {
    return this.page.getByRole('alert')
  }

  get exportButton(): Locator {
    return this.page.getByRole('button', { name: /^(Export|Download)/ })
  }

  /** Who is here. */
  get presence(): Locator {
    return this.page.getByRole('list', { name: /people|here/i })
  }

  caretOf(name: string): Locator {
    return this.editor.locator('.sheaf-caret', { hasText: name })
  }

  get toolbar(): Locator {
    return this.page.getByRole('toolbar', { name: 'Formatting', exact: true })
  }

  /** A button of the toolbar. */
  tool(name: string): Locator {
    return this.toolbar.getByRole('button', { name, exact: true })
  }

  /** A box of the editor, such as `Link`. */
  box(name: string): Locator {
    return this.page.getByRole('group', { name, exact: true })
  }

  /** The buttons above selected words. */
  get bubble(): Locator {
    return this.page.getByRole('toolbar', { name: 'Selected words', exact: true })
  }

  async isLoaded(): Promise<void> {
    await expect(this.editor).toBeVisible()
    await expect(this.editor).toHaveAttribute('aria-busy', 'false')
  }

  /** What the editor shows, one line for each block, without the names at other people's carets. */
  async text(): Promise<string> {
    return this.editor.evaluate((element) => {
      const copy = element.cloneNode(true) as HTMLElement
      for (const widget of copy.querySelectorAll('.ProseMirror-widget, .ProseMirror-separator')) widget.remove()
      return [...copy.children].map((block) => block.textContent ?? '').join('\n')
    })
  }

  /** The content that the browser shows, read from the elements of the editor. */
  async shown(): Promise<ContentNode[]> {
    return plainContent(await this.editor.evaluate(readShown))
  }

  /** Types at the end of the document, key by key. */
  async typeAtEnd(text: string, options: { delay?: number } = {}): Promise<void> {
    await this.goToEnd()
    await this.page.keyboard.type(text, options)
  }

  async goToEnd(): Promise<void> {
    await this.#goTo('ControlOrMeta+End', 'after')
  }

  async goToStart(): Promise<void> {
    await this.#goTo('ControlOrMeta+Home', 'before')
  }

  /** Presses a key until no text is left on that side of the caret: a caret of somebody else may come in between. */
  async #goTo(key: string, side: 'before' | 'after'): Promise<void> {
    await this.editor.focus()
    await expect(async () => {
      await this.page.keyboard.press(key)
      expect(await this.textBesideCaret(side)).toBe('')
      expect(await this.#isInOuterBlock(side)).toBe(true)
    }).toPass({ intervals: [50], timeout: 10_000 })
  }

  /** Whether the caret is in the first or last block, where that is one of words: next to an empty one there is no text either. */
  async #isInOuterBlock(side: 'before' | 'after'): Promise<boolean> {
    return this.editor.evaluate((element, where) => {
      const blocks = [...element.children].filter((child) => !child.matches('.ProseMirror-widget'))
      const outer = where === 'before' ? blocks[0] : blocks.at(-1)
      return outer?.matches('p, h1, h2, h3') !== true || outer.contains(getSelection()?.focusNode ?? null)
    }, side)
  }

  /** Puts the caret behind the first place where these words stand, whatever carets of others stand in between. */
  async goAfter(words: string): Promise<void> {
    await this.editor.focus()
    await expect(async () => {
      await this.editor.evaluate((element, text) => {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        const pieces: Node[] = []
        while (walker.nextNode() !== null)
          if (walker.currentNode.parentElement?.closest('.ProseMirror-widget') === null) pieces.push(walker.currentNode)
        const at = pieces
          .map(({ textContent }) => textContent ?? '')
          .join('')
          .indexOf(text)
        if (at < 0) throw new Error(`nowhere does it say ${text}`)
        let left = at + text.length
        for (const piece of pieces) {
          const { length } = piece.textContent ?? ''
          if (left <= length) return getSelection()?.collapse(piece, left)
          left -= length
        }
      }, words)
      expect((await this.textBesideCaret('before')).endsWith(words)).toBe(true)
    }).toPass({ intervals: [50], timeout: 10_000 })
  }

  /** Selects the first place where these words stand, with the keyboard. */
  async selectWords(words: string): Promise<void> {
    await expect(async () => {
      await this.goAfter(words)
      for (const _ of words) await this.page.keyboard.press('Shift+ArrowLeft')
      expect(await this.page.evaluate(() => getSelection()?.toString())).toBe(words)
    }).toPass({ intervals: [50], timeout: 10_000 })
  }

  /** Types behind the first place where these words stand, key by key, as somebody who thinks a little. */
  async typeAfter(words: string, text: string): Promise<void> {
    await this.goAfter(words)
    await this.page.keyboard.type(text, { delay: 15 })
  }

  press(keys: string): Promise<void> {
    return this.page.keyboard.press(keys)
  }

  /** The text of the document before or after the caret. */
  async textBesideCaret(side: 'before' | 'after'): Promise<string> {
    return this.editor.evaluate((element, where) => {
      const caret = getSelection()?.getRangeAt(0)
      if (caret === undefined) throw new Error('there is no caret')
      const range = document.createRange()
      range.selectNodeContents(element)
      if (where === 'before') range.setEnd(caret.startContainer, caret.startOffset)
      else range.setStart(caret.endContainer, caret.endOffset)
      const copy = range.cloneContents()
      for (const widget of copy.querySelectorAll('.ProseMirror-widget, .ProseMirror-separator')) widget.remove()
      return copy.textContent ?? ''
    }, side)
  }

  /** Pastes HTML as if it had been copied from another page. */
  async paste(html: string): Promise<void> {
    await this.editor.evaluate((element, text) => {
      const data = new DataTransfer()
      data.setData('text/html', text)
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, html)
  }

  /** Pastes words as from a program that puts these words, and perhaps HTML of them, on the clipboard. */
  async pasteText(words: string, html = ''): Promise<void> {
    await this.editor.evaluate(
      (element, [plain, rich]) => {
        const data = new DataTransfer()
        data.setData('text/plain', plain)
        if (rich !== '') data.setData('text/html', rich)
        element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
      },
      [words, html] as const,
    )
  }

  /** Selects everything and copies it; the HTML that is on the clipboard then. */
  async copyAll(): Promise<string> {
    await this.editor.focus()
    await this.press('ControlOrMeta+a')
    return this.editor.evaluate((element) => {
      const data = new DataTransfer()
      element.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }))
      return data.getData('text/html')
    })
  }

  async reload(): Promise<void> {
    await this.page.reload()
    await this.isLoaded()
  }

  /** Closes the tab as its cross does: the page hears that it ends, and is not waited for. */
  async closeTab(): Promise<void> {
    const closed = this.page.waitForEvent('close')
    await this.page.close({ runBeforeUnload: true })
    await closed
  }

  async isSaved(timeout = 15_000): Promise<void> {
    await expect(this.saveStatus).toHaveText(/^Saved/, { timeout })
  }

  // ── around the document ────────────────────────────────────────────────────────────────────────────────────────────

  async rename(title: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Title' })
    await field.fill(title)
    await field.press('Enter')
    await expect(field).toHaveValue(title)
  }

  async enterShare(email: string, role: 'editor' | 'viewer'): Promise<void> {
    await this.page.getByRole('button', { name: 'Share', exact: true }).click()
    const dialog = this.page.getByRole('dialog')
    await dialog.getByLabel('E-mail').fill(email)
    await dialog.getByLabel('Role').selectOption(role)
    await dialog.getByRole('button', { name: 'Share', exact: true }).click()
  }

  async share(email: string, role: 'editor' | 'viewer'): Promise<void> {
    await this.enterShare(email, role)
    await expect(this.page.getByRole('dialog').getByText(email)).toBeVisible()
    await this.page.keyboard.press('Escape')
  }

  async nameVersion(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Version history', exact: true }).click()
    await this.page.getByLabel('Version name').fill(name)
    await this.page.getByRole('button', { name: 'Save version' }).click()
    await expect(this.page.getByText(name)).toBeVisible()
    await this.page.keyboard.press('Escape')
  }

  async restoreVersion(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Version history', exact: true }).click()
    await this.page.getByRole('listitem').filter({ hasText: name }).getByRole('button', { name: 'Restore' }).click()
    await this.page.keyboard.press('Escape')
  }

  async sees(text: string | RegExp): Promise<void> {
    const expectation = expect.poll(() => this.text(), { timeout: 15_000 })
    if (typeof text === 'string') await expectation.toBe(text)
    else await expectation.toMatch(text)
  }
}
