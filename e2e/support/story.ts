import { test as base } from '@playwright/test'
import type { Browser, BrowserContextOptions } from '@playwright/test'
import { expect } from '@playwright/test'
import { Api } from './api.ts'
import type { Account, ContentNode } from './api.ts'
import { DemoCluster } from './demo-cluster.ts'
import { DemoServer } from './demo-server.ts'
import { Network } from './network.ts'
import { Person } from './person.ts'
import type { Framework } from './person.ts'
import { plainContent } from './shown-content.ts'
import type { StageServer } from './stage-server.ts'

/** Two people with the page that each of them uses. On the cluster the mixed ones are enough: the pages are the same there. */
export type Pair = readonly [Framework, Framework]
export const PAIRS: readonly Pair[] = [
  ['React', 'React'],
  ['Vue', 'Vue'],
  ['React', 'Vue'],
]
export const nameOfPair = ([one, other]: Pair): string => `(${one} and ${other})`

/** Two people in one document. */
export interface Together {
  readonly id: string
  readonly ada: Person
  readonly ben: Person
  /** Waits until everything is saved, and both browsers show exactly the blocks that the server holds. */
  readonly converge: () => Promise<void>
}

/** What a story starts with: a server, and people who come to it, each with an own browser and an own network. */
export class Stage {
  readonly server: StageServer
  readonly api: Api
  readonly #browser: Browser
  readonly #options: BrowserContextOptions
  readonly #closing: (() => Promise<void>)[] = []

  constructor(server: StageServer, browser: Browser, options: BrowserContextOptions) {
    this.server = server
    this.api = new Api(server.url)
    this.#browser = browser
    this.#options = options
  }

  /** Somebody who has an account and an open window, but has not signed in. */
  async visitor(
    account: Account,
    options: BrowserContextOptions = {},
    framework: Framework = 'React',
  ): Promise<Person> {
    const network = await Network.inFrontOf(this.server.port)
    const context = await this.#browser.newContext({ ...this.#options, ...options })
    this.#closing.push(
      () => context.close(),
      () => network.close(),
    )
    return new Person(account, context, network, await context.newPage(), framework)
  }

  /** Somebody who has signed in and sees the list of documents. */
  async person(account: Account, options: BrowserContextOptions = {}, framework?: Framework): Promise<Person> {
    const person = await this.visitor(account, options, framework)
    await person.signIn()
    return person
  }

  /** Ada and Ben, who both may edit and have a document of these blocks open. */
  async pair([first, second]: Pair, title: string, blocks: readonly ContentNode[]): Promise<Together> {
    const [owner, other] = await Promise.all([this.api.register('Ada'), this.api.register('Ben')])
    const id = await this.api.createRichDocument(owner, title, blocks)
    await this.api.share(owner, id, other, 'editor')
    const enter = async (account: Account, framework: Framework): Promise<Person> => {
      const person = await this.person(account, {}, framework)
      await person.open(title)
      return person
    }
    const [ada, ben] = await Promise.all([enter(owner, first), enter(other, second)])
    return { id, ada, ben, converge: () => this.converge(id, ada, ben) }
  }

  /** Waits until everything is saved, and everybody's browser shows exactly the blocks that the server holds. */
  async converge(id: string, ...people: readonly Person[]): Promise<void> {
    for (const person of people) await person.isSaved()
    const [reader] = people
    if (reader === undefined) throw new Error('nobody is here')
    await expect(async () => {
      const stored = plainContent(await this.api.content(reader.account, id))
      for (const person of people) expect(await person.shown(), `what ${person.account.name} sees`).toEqual(stored)
    }).toPass({ intervals: [50, 100, 250], timeout: 15_000 })
  }

  /** A document of one person, shared with others who may edit; all of them have it open. */
  async together(title: string, paragraphs: string[], ...names: string[]): Promise<{ id: string; people: Person[] }> {
    const [owner, ...others] = await Promise.all(names.map((name) => this.api.register(name)))
    if (owner === undefined) throw new Error('a document needs an owner')
    const id = await this.api.createDocument(owner, title, ...paragraphs)
    for (const other of others) await this.api.share(owner, id, other, 'editor')
    const people: Person[] = []
    for (const account of [owner, ...others]) {
      const person = await this.person(account)
      await person.open(title)
      people.push(person)
    }
    return { id, people }
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
  }
}

/** What the stories of a Playwright project are played on. */
export type StackName = 'embedded' | 'cluster'

interface WorkerFixtures {
  stack: StackName
  /** One for all stories of a Playwright worker, since it takes a while to start; null where stories have their own server. */
  cluster: DemoCluster | null
}

export const test = base.extend<{ stage: Stage }, WorkerFixtures>({
  stack: ['embedded', { option: true, scope: 'worker' }],
  cluster: [
    async ({ stack }, use) => {
      const cluster = stack === 'cluster' ? await DemoCluster.start() : null
      await use(cluster)
      await cluster?.close()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  stage: async ({ browser, viewport, isMobile, hasTouch, cluster }, use, testInfo) => {
    const server = cluster ?? (await DemoServer.start())
    const stage = new Stage(server, browser, { viewport, isMobile, hasTouch })
    try {
      await use(stage)
    } finally {
      if (testInfo.status !== testInfo.expectedStatus)
        await testInfo.attach('server log', { body: server.log, contentType: 'text/plain' })
      await stage.close()
      if (server !== cluster) await server.close()
    }
  },
})

export { expect } from '@playwright/test'
