import type { Browser, BrowserContext, Locator, Page } from '@playwright/test'
import type { Account } from '../support/api.ts'
import type { ExampleApp } from './example-app.ts'
import { expect } from './examples-stage.ts'

/** Somebody in front of the page of an example. */
export class Visitor {
  readonly account: Account
  readonly context: BrowserContext
  readonly page: Page
  readonly #app: ExampleApp
  /** What the page complained about. */
  readonly complaints: string[] = []

  private constructor(account: Account, app: ExampleApp, context: BrowserContext, page: Page) {
    this.account = account
    this.context = context
    this.page = page
    this.#app = app
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
  }

  static async at(app: ExampleApp, account: Account, browser: Browser): Promise<Visitor> {
    const context = await browser.newContext()
    return new Visitor(account, app, context, await context.newPage())
  }

  get editor(): Locator {
    return this.page.getByRole('textbox', { name: 'Document' })
  }

  get saveStatus(): Locator {
    return this.page.getByRole('status', { name: 'Save status' })
  }

  get people(): Locator {
    return this.page.getByRole('list', { name: 'People in this document' })
  }

  async fillIn(button: string): Promise<void> {
    await this.page.goto(this.#app.url)
    // A form that the page has not taken over yet would be sent by the browser itself.
    await this.page.waitForLoadState('networkidle')
    await this.page.getByLabel('E-mail').fill(this.account.email)
    await this.page.getByLabel('Password').fill(this.account.password)
    await this.page.getByRole('button', { name: button }).click()
  }

  async signIn(): Promise<void> {
    await this.fillIn('Sign in')
    await expect(this.page.getByRole('heading', { name: 'Documents' })).toBeVisible()
  }

  async open(title: string): Promise<void> {
    await this.page.getByRole('link', { name: title }).click()
    await this.isLoaded()
  }

  async isLoaded(): Promise<void> {
    await expect(this.editor).toBeVisible()
    await expect(this.editor).toHaveAttribute('aria-busy', 'false')
  }

  /** Types behind a word of the document. */
  async typeAfter(words: string, text: string): Promise<void> {
    await this.editor.focus()
    // The editor hears of a caret that was moved from outside a moment later; a change of somebody else in between puts it back.
    await expect(async () => {
      const stays = await this.editor.evaluate(async (element, wanted) => {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        while (walker.nextNode() !== null) {
          const node = walker.currentNode
          const at = node.textContent?.indexOf(wanted) ?? -1
          if (at < 0) continue
          getSelection()?.collapse(node, at + wanted.length)
          for (const _ of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve))
          const { focusNode = null, focusOffset = -1 } = getSelection() ?? {}
          return focusNode === node && focusOffset === at + wanted.length
        }
        throw new Error(`nowhere does it say ${wanted}`)
      }, words)
      expect(stays).toBe(true)
    }).toPass({ intervals: [50], timeout: 10_000 })
    await this.page.keyboard.type(text)
  }

  /** What the editor shows, one line for each block. */
  async text(): Promise<string> {
    return this.editor.evaluate((element) => {
      const copy = element.cloneNode(true) as HTMLElement
      for (const widget of copy.querySelectorAll('.ProseMirror-widget, .ProseMirror-separator')) widget.remove()
      return [...copy.children].map((block) => block.textContent ?? '').join('\n')
    })
  }

  async isSaved(): Promise<void> {
    await expect(this.saveStatus).toHaveText(/^Saved/)
  }
}
