/*
 * How a browser bears a large document: from opening it to its first words and to the first key, and how long a key takes until
 * the next frame is drawn, alone and with fifty people who type and move in it. `pnpm --filter @sheaf/bench large`
 */
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import type { Browser, Page } from '@playwright/test'
import { createSheafClient, memoryDeviceStore } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { Api } from '@sheaf/e2e/api'
import type { Account } from '@sheaf/e2e/api'
import { DemoServer } from '@sheaf/e2e/demo-server'
import { WebSocket } from 'ws'
import { XmlElement, XmlText, createRelativePositionFromTypeIndex } from 'yjs'
import { quantile } from './statistics.ts'

const PEOPLE = 50
/** Each of the fifty types a letter this often: 200 letters a minute. */
const PAUSE_MS = 300
const KEYS = 100

interface Figures {
  readonly paragraphs: number
  readonly page: string
  readonly firstView: number
  readonly editable: number
  readonly alone: readonly number[]
  readonly inCompany: readonly number[]
}

/** Somebody without a screen, who types in a paragraph of their own and whose caret is there. */
class Typist {
  readonly #document: SheafDocument
  readonly #text: XmlText
  #timer: ReturnType<typeof setInterval> | null = null

  private constructor(document: SheafDocument, text: XmlText) {
    this.#document = document
    this.#text = text
  }

  static async join(url: string, account: Account, documentId: string, place: number): Promise<Typist> {
    const client = createSheafClient({
      url,
      token: account.token,
      deviceStore: memoryDeviceStore(),
      webSocket: WebSocket,
    })
    const document = client.open(documentId)
    await document.whenLoaded()
    const blocks = document.ydoc.getXmlFragment('content')
    const block = blocks.get(place % blocks.length)
    const text = block instanceof XmlElement ? block.get(0) : null
    if (!(text instanceof XmlText)) throw new Error(`there is no text in paragraph ${place}`)
    return new Typist(document, text)
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#text.insert(this.#text.length, 'x')
      const position = createRelativePositionFromTypeIndex(this.#text, this.#text.length)
      this.#document.awareness.setLocalStateField('cursor', { anchor: position, head: position })
    }, PAUSE_MS)
  }

  async leave(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#document.close()
  }
}

/** Milliseconds from a key to the frame that shows it, for many keys at the end of the document. */
async function timeKeys(page: Page): Promise<readonly number[]> {
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(globalThis, { keyTimes: times })
    addEventListener(
      'keydown',
      ({ timeStamp }) => requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - timeStamp), 0)),
      { capture: true },
    )
  })
  for (let key = 0; key < KEYS; key++) await page.keyboard.type('k', { delay: 60 })
  await page.waitForFunction((keys) => (globalThis as unknown as { keyTimes: number[] }).keyTimes.length >= keys, KEYS)
  return page.evaluate(() => (globalThis as unknown as { keyTimes: number[] }).keyTimes)
}

async function measure(
  browser: Browser,
  server: DemoServer,
  paragraphs: number,
  page: 'react' | 'vue',
): Promise<Figures> {
  const api = new Api(server.url)
  const account = await api.register('Ada')
  const texts = Array.from({ length: paragraphs }, (_, index) => `Paragraph ${index} of a long report about a roof.`)
  const id = await api.createDocument(account, 'Long', ...texts)
  const tab = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await tab.goto(server.url)
  await tab.getByLabel('E-mail').fill(account.email)
  await tab.getByLabel('Password').fill(account.password)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
  await tab.getByRole('link', { name: 'Long' }).waitFor()

  const start = performance.now()
  await tab.goto(`${server.url}${page === 'vue' ? '/vue' : ''}/documents/${id}`)
  await tab.getByText('Paragraph 0 of', { exact: false }).first().waitFor()
  const firstView = performance.now() - start
  const editor = tab.locator('[role=textbox][aria-label=Document][contenteditable=true]')
  await editor.waitFor()
  const editable = performance.now() - start

  await editor.focus()
  await tab.keyboard.press('Control+End')
  const alone = await timeKeys(tab)
  const typists = await Promise.all(
    Array.from({ length: PEOPLE }, (_, index) => Typist.join(server.url, account, id, index * 7)),
  )
  for (const typist of typists) typist.start()
  await tab.reload()
  await editor.waitFor()
  await editor.focus()
  await tab.keyboard.press('Control+End')
  const inCompany = await timeKeys(tab)
  await Promise.all(typists.map((typist) => typist.leave()))
  await tab.close()
  return { paragraphs, page, firstView, editable, alone, inCompany }
}

const ms = (value: number): string => `${Math.round(value)} ms`

function row({ paragraphs, page, firstView, editable, alone, inCompany }: Figures): string {
  const cells = [
    paragraphs.toLocaleString('en'),
    page,
    ms(firstView),
    ms(editable),
    ...[alone, inCompany].flatMap((times) => [ms(quantile(times, 0.5)), ms(quantile(times, 0.95))]),
  ]
  return `| ${cells.join(' | ')} |`
}

const { values } = parseArgs({
  options: {
    paragraphs: { type: 'string', multiple: true, default: ['2000', '10000'] },
    page: { type: 'string', multiple: true, default: ['react', 'vue'] },
  },
})
const executablePath = process.env['SHEAF_CHROMIUM']
const browser = await chromium.launch({
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  ...(executablePath === undefined ? {} : { executablePath }),
})
const server = await DemoServer.start()
console.log('| paragraphs | page | first words | editable | key, p50 | key, p95 | with 50 people, p50 | p95 |')
console.log('| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |')
try {
  for (const paragraphs of values.paragraphs)
    for (const page of values.page)
      console.log(row(await measure(browser, server, Number(paragraphs), page === 'vue' ? 'vue' : 'react')))
} finally {
  await browser.close()
  await server.close()
}
