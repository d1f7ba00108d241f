import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import type { Cluster } from '../cluster/cluster.ts'
import { Chance } from '../simulation/chance.ts'
import { SheafApi } from './sheaf-api.ts'
import { StoredLog } from './stored-log.ts'
import { Typist } from './typist.ts'
import { describe as describeVerdict, isClean as isCleanVerdict, judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** Time between two markers of one person, in milliseconds. */
const KEYS = { least: 200, most: 1_000 }
/** How often progress is looked at while people type. */
const PROGRESS_EVERY_MS = 200
/** After healing, workers have so long to catch up. */
const FOLDED_MS = 90_000
const HEALED_MS = 120_000

/** What servers are asked in an autopsy. */
const FIGURES = [
  'sessions',
  'pending_operations',
  'operations_committed_total',
  'appends_without_lock_total',
  'append_conflicts_total',
  'append_milliseconds_sum',
  'append_milliseconds_count',
]

export interface LoadOptions {
  readonly documents: number
  /** For each document; one after the other connects to each server, the last one to the gateway. */
  readonly people: number
  readonly seed: number
}

/** What a run on a cluster showed; empty lists are what is promised. */
export interface ClusterReport extends Verdict {
  /** Of the stored logs, I3 and I5. */
  readonly faults: readonly string[]
  /** Of `last_processed_version`, I6. */
  readonly progress: readonly string[]
  readonly seconds: number
}

interface Page {
  readonly documentId: string
  readonly typists: readonly Typist[]
  /** The highest progress that was seen. */
  folded: number
}

/** People who type into documents of a cluster while something is done to it. */
export class ClusterLoad {
  readonly #cluster: Cluster
  readonly #options: LoadOptions
  readonly #api: SheafApi
  readonly #pages: readonly Page[]
  readonly #log: StoredLog
  readonly #progressFaults: string[] = []
  readonly #startedAt = performance.now()
  #typing = true
  #work: Promise<unknown>

  private constructor(cluster: Cluster, api: SheafApi, pages: readonly Page[], options: LoadOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#api = api
    this.#pages = pages
    this.#log = new StoredLog(cluster.settings['SHEAF_MONGODB_URL'] ?? '')
    this.#work = Promise.all([...this.typists.map((typist, index) => this.#type(typist, index)), this.#watchProgress()])
  }

  /** Begins, and resolves when everybody is connected. */
  static async start(cluster: Cluster, options: LoadOptions): Promise<ClusterLoad> {
    const api = await SheafApi.register(cluster.origin, `typist${options.seed}`)
    const pages: Page[] = []
    for (let page = 0; page < options.documents; page++) {
      const documentId = await api.createDocument(`Page ${page}`)
      const typists = Array.from({ length: options.people }, (_, index) => {
        const origin = cluster.servers[index]?.origin ?? cluster.origin
        const batching = index % 2 === 0 ? 'immediate' : { pauseMs: 40, intervalMs: 150 }
        return new Typist(`p${page}t${index}`, api.at(origin), documentId, batching)
      })
      pages.push({ documentId, typists, folded: 0 })
    }
    const load = new ClusterLoad(cluster, api, pages, options)
    await load.connected()
    return load
  }

  get typists(): readonly Typist[] {
    return this.#pages.flatMap(({ typists }) => typists)
  }

  get api(): SheafApi {
    return this.#api
  }

  get documentIds(): readonly string[] {
    return this.#pages.map(({ documentId }) => documentId)
  }

  get acknowledged(): number {
    return this.typists.reduce((sum, typist) => sum + typist.acknowledged.size, 0)
  }

  /** Resolves when everybody is connected. */
  async connected(): Promise<void> {
    for (const typist of this.typists) typist.networkIsBack()
    await Promise.all(this.typists.map((typist) => within(HEALED_MS, typist.connected(), `${typist.name} comes back`)))
  }

  /** Nobody types any more, save what is asked for. */
  pause(): void {
    this.#typing = false
  }

  /** Everybody types at the same time, into documents that all servers have open; resolves when all of it is acknowledged. */
  async everybodyTypesOnce(): Promise<void> {
    const typed = this.typists.map((typist) => ({ typist, marker: typist.type() }))
    await within(HEALED_MS, Promise.all(typed.map(({ typist }) => typist.document.whenDurable())), 'a race is decided')
    for (const { typist, marker } of typed)
      if (!typist.acknowledged.has(marker)) throw new Error(`${marker} is durable and was not acknowledged`)
  }

  /** Resolves when something that was typed after this call is acknowledged, to everybody. */
  async goesOn(): Promise<void> {
    await Promise.all(
      this.typists.map((typist) => {
        const before = typist.acknowledged.size
        const isOn = async (): Promise<void> => {
          while (typist.acknowledged.size <= before) await pause(20)
        }
        return within(HEALED_MS, isOn(), `something of ${typist.name} is acknowledged`)
      }),
    )
  }

  /** What everybody sees of their own state, and the servers of theirs: for a run that does not come to its end. */
  async autopsy(): Promise<string> {
    const people = this.typists.map((typist) => {
      const { connection, saveState, unsavedChanges, error } = typist.document.getSnapshot()
      return `${typist.name}: ${connection}, ${saveState}, ${unsavedChanges} unsaved, ${typist.acknowledged.size} of ${typist.written.size} acknowledged${error === null ? '' : `, ${error.code}`}`
    })
    const servers = this.#cluster.servers.map(async (server) => {
      const figures = FIGURES.map(async (name) => `${name} ${await server.metric(`sheaf_${name}`)}`)
      return `${server.label}: ${await Promise.all(figures).then(
        (all) => all.join(', '),
        () => 'does not answer',
      )}`
    })
    const logs = this.#pages.map(async ({ documentId }) => {
      const { head, faults } = await this.#log.replay(documentId)
      return `${documentId}: ${head} operations, ${faults.join('; ') || 'no faults'}`
    })
    const stored = await Promise.all(logs).catch(() => ['the log cannot be read'])
    return [...people, ...(await Promise.all(servers)), ...stored].join('\n')
  }

  /** Lets everything come to rest, and compares. */
  async finish(): Promise<ClusterReport> {
    this.#typing = false
    await this.#work
    await this.connected()
    const verdicts: Verdict[] = []
    const faults: string[] = []
    for (const page of this.#pages) verdicts.push(await this.#heal(page, faults))
    await Promise.all(this.typists.map((typist) => typist.close()))
    await this.#log.close()
    return {
      ...sum(verdicts),
      faults,
      progress: this.#progressFaults,
      seconds: (performance.now() - this.#startedAt) / 1000,
    }
  }

  async #type(typist: Typist, index: number): Promise<void> {
    const chance = new Chance(this.#options.seed * 1_000 + index)
    while (this.#typing) {
      typist.type()
      // Sleeping IS the load here: people pause between keys, also while a server is away.
      await pause(chance.between(KEYS.least, KEYS.most))
    }
  }

  async #watchProgress(): Promise<void> {
    while (this.#typing) {
      for (const page of this.#pages) {
        // MongoDB itself may be away: what cannot be read now is read later.
        const folded = await this.#log.progress(page.documentId).catch(() => page.folded)
        if (folded < page.folded) this.#progressFaults.push(`progress fell from ${page.folded} to ${folded}`)
        page.folded = Math.max(page.folded, folded)
      }
      await pause(PROGRESS_EVERY_MS)
    }
  }

  async #heal({ documentId, typists, folded }: Page, faults: string[]): Promise<Verdict> {
    await within(
      HEALED_MS,
      Promise.all(typists.map((typist) => typist.document.whenDurable())),
      'everything is durable',
    )
    // Whoever has everybody's last marker has all that came before it: the order of the document is one.
    const last = typists.flatMap((typist) => [...typist.written].at(-1) ?? [])
    const seen = typists.flatMap((typist) => last.map((marker) => typist.sees(marker)))
    await within(HEALED_MS, Promise.all(seen), 'everybody sees the last words of everybody')

    const views = new Map<string, Y.Doc>(typists.map((typist) => [typist.name, typist.document.ydoc]))
    const replayed = await this.#log.replay(documentId)
    faults.push(...replayed.faults)
    views.set('a replay of the log', replayed.doc)
    for (const server of this.#cluster.servers)
      views.set(server.label, await contentOf(this.#api.at(server.origin), documentId))
    await this.#foldedUpTo(documentId, replayed.head, folded)
    await this.#cluster.servers[0]?.kill('SIGKILL')
    await this.#cluster.servers[0]?.start()
    views.set(
      'a server that starts now',
      await contentOf(this.#api.at(this.#cluster.servers[0]?.origin ?? ''), documentId),
    )
    const fresh = new Typist('fresh', this.#api.at(this.#cluster.origin), documentId, 'immediate')
    await within(HEALED_MS, fresh.document.whenLoaded(), 'a fresh client loads the document')
    views.set('a fresh client', fresh.document.ydoc)
    const verdict = judge(typists, views)
    await fresh.close()
    return verdict
  }

  async #foldedUpTo(documentId: string, head: number, before: number): Promise<void> {
    const end = performance.now() + FOLDED_MS
    let folded = before
    while (folded < head) {
      const now = await this.#log.progress(documentId)
      if (now < folded) this.#progressFaults.push(`progress fell from ${folded} to ${now}`)
      folded = now
      if (performance.now() > end) {
        this.#progressFaults.push(`progress stays at ${folded} of ${head}`)
        return
      }
      await pause(50)
    }
    if (folded > head) this.#progressFaults.push(`progress is ${folded}, beyond the head ${head}`)
  }
}

async function contentOf(api: SheafApi, documentId: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, await api.content(documentId))
  return doc
}

async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const end = new AbortController()
  const late = pause(ms, null, { signal: end.signal }).then(() => {
    throw new Error(`it did not happen within ${ms / 1000} s that ${what}`)
  })
  // The loser of the race rejects when it is called off.
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    end.abort()
  }
}

function sum(verdicts: readonly Verdict[]): Verdict {
  const total = (pick: (verdict: Verdict) => number): number => verdicts.reduce((all, one) => all + pick(one), 0)
  const all = (pick: (verdict: Verdict) => readonly string[]): string[] => verdicts.flatMap(pick)
  return {
    written: total(({ written }) => written),
    acknowledged: total(({ acknowledged }) => acknowledged),
    seen: total(({ seen }) => seen),
    acknowledgedAndLost: all(({ acknowledgedAndLost }) => acknowledgedAndLost),
    seenAndLost: all(({ seenAndLost }) => seenAndLost),
    writtenAndLost: all(({ writtenAndLost }) => writtenAndLost),
    doubled: all(({ doubled }) => doubled),
    foreign: all(({ foreign }) => foreign),
    different: all(({ different }) => different),
  }
}

/** True where every promise was kept. */
export const isClean = (report: ClusterReport): boolean =>
  isCleanVerdict(report) && report.faults.length === 0 && report.progress.length === 0

/** The report in lines. */
export const describe = (report: ClusterReport): string =>
  [
    `${report.seconds.toFixed(0)} s, ${describeVerdict(report)}`,
    `faults of the log: ${report.faults.join('; ') || 'none'}`,
    `faults of progress: ${report.progress.join('; ') || 'none'}`,
  ].join('\n')
