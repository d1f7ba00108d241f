import { inflateRawSync } from 'node:zlib'
import { memoryDeviceStore } from '@sheaf/client-sdk'
import { decodeServerFrame } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { Rendered } from '../../packages/server-kit/src/content/content.ts'
import { createMemoryStores } from '../../packages/server-kit/src/testing/memory-stores.ts'
import { Chance } from './chance.ts'
import { check } from './checker.ts'
import type { Violation } from './checker.ts'
import type { HistoryEvent } from './history.ts'
import { appearance, markersIn, markersWritten, plainText } from './marker.ts'
import { Network } from './network.ts'
import { SimulatedServer } from './simulated-server.ts'
import { SimulatedTab } from './simulated-tab.ts'
import type { Device } from './simulated-tab.ts'
import { VirtualTime } from './virtual-time.ts'

const DOCUMENT_ID = 'simulated'
/** How long people type while things go wrong. */
const TROUBLE_MS = { least: 4_000, most: 20_000 }
/** How long it may take at most until everything is at rest again, once nothing goes wrong any more. */
const HEALING_MS = 300_000

export interface RunResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly history: readonly HistoryEvent[]
  readonly edits: number
}

/** One run: people type while everything goes wrong that this seed decides, then it heals, then it is judged. */
export async function simulate(seed: number): Promise<RunResult> {
  const world = new World(seed)
  const { history } = world
  try {
    await world.begin()
    await world.trouble()
    await world.heal()
  } catch (error) {
    // A log that cannot be read, for one: what was promised before is judged all the same.
    history.push({ kind: 'restless', what: `the run ended with ${String(error)}` })
  }
  return { seed, violations: check(history), history, edits: history.filter(({ kind }) => kind === 'written').length }
}

class World {
  readonly history: HistoryEvent[] = []
  readonly #time = new VirtualTime()
  readonly #chance: Chance
  readonly #network: Network
  #stores = createMemoryStores()
  readonly #roles = new Map<string, Role>()
  readonly #devices: Device[] = []
  #tabs: SimulatedTab[] = []
  #server: SimulatedServer | null = null
  #servers = 0
  #tabCount = 0
  readonly #stubborn = new Set<string>()
  #isTroubled = false

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    this.#network = new Network({
      time: this.#time,
      chance: this.#chance,
      isStubborn: (tab) => this.#isTroubled && this.#stubborn.has(tab),
      onArrived: (replicaId, counter) =>
        this.#note({ kind: 'arrived', server: `server-${this.#servers}`, replicaId, counter, at: this.#time.now() }),
      onShown: (tab, replicaId, frame) => this.#noteFrame(tab, replicaId, frame),
    })
  }

  async begin(): Promise<void> {
    this.#startServer()
    const created = this.#server?.rooms.createDocument({
      id: DOCUMENT_ID,
      title: 'Simulated',
      schemaId: 'sheaf-1',
      content: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: '-' }] }] },
      createdBy: 'p0',
    })
    let isCreated = false
    void created?.then(() => (isCreated = true))
    await this.#time.passUntil(() => isCreated, 10_000)
    const people = this.#chance.integer(2, 4)
    for (let person = 0; person < people; person++) {
      const user = `p${person}`
      this.#setRole(user, 'editor')
      const device: Device = { name: `d${person}`, user, store: memoryDeviceStore(), held: new Set(), online: true }
      this.#devices.push(device)
      this.#openTab(device)
    }
    // Some people have the document open twice.
    if (this.#chance.happens(0.3)) this.#openTab(this.#chance.pick(this.#devices))
    await this.#time.pass(this.#chance.between(0, 500))
  }

  /** People type, and things go wrong. */
  async trouble(): Promise<void> {
    this.#isTroubled = true
    const end = this.#time.now() + this.#chance.between(TROUBLE_MS.least, TROUBLE_MS.most)
    const everyEdit = this.#chance.pick([60, 150, 400])
    const everyFault = this.#chance.pick([300, 1_000, 3_000])
    let nextFault = this.#time.now() + this.#chance.between(0, 2 * everyFault)
    while (this.#time.now() < end) {
      await this.#time.pass(this.#chance.between(0, 2 * everyEdit))
      if (this.#tabs.length > 0) this.#chance.pick(this.#tabs).edit()
      if (this.#time.now() < nextFault) continue
      nextFault = this.#time.now() + this.#chance.between(0, 2 * everyFault)
      this.#fault()
    }
    this.#isTroubled = false
  }

  /** Everything comes back; then there is time until nobody has anything left to say. */
  async heal(): Promise<void> {
    if (this.#server === null) this.#startServer()
    // A few rights stay withdrawn: those edits must not come through, and must not be lost on the device.
    for (const { user } of this.#devices) if (this.#chance.happens(0.85)) this.#setRole(user, 'editor')
    for (const device of this.#devices) device.online = true
    for (const device of this.#devices) if (!this.#tabs.some((tab) => tab.device === device)) this.#openTab(device)
    for (const tab of this.#tabs) tab.setOnline(true)
    await this.#time.passUntil(() => this.#atRest(), HEALING_MS)
    // What was left in other tabs' journals is adopted only when a document is opened: the reload of the last tab.
    await this.#reloadEverybody()
    await this.#time.passUntil(() => this.#atRest(), HEALING_MS)
    for (const tab of this.#tabs) this.#noteUnrest(tab)
    await this.#view()
  }

  #fault(): void {
    const tab = this.#tabs.length > 0 ? this.#chance.pick(this.#tabs) : null
    const kind = this.#chance.pick([
      'cut',
      'cut',
      'cut',
      'server',
      'server',
      'tab',
      'tab',
      'offline',
      'offline',
      'rights',
      'rights',
      'join',
      'restart later',
      'flush',
    ] as const)
    switch (kind) {
      case 'cut':
        return this.#network.cutOne()
      case 'server':
        return this.#crashServer(this.#chance.between(0, 300))
      case 'restart later':
        return this.#crashServer(this.#chance.between(1_000, 8_000))
      case 'tab':
        if (tab !== null) this.#crashTab(tab)
        return
      case 'offline':
        if (tab !== null) tab.setOnline(!tab.online)
        return
      case 'rights': {
        const { user } = this.#chance.pick(this.#devices)
        return this.#setRole(user, this.#roles.get(user) === 'viewer' ? 'editor' : 'viewer')
      }
      case 'join':
        if (this.#tabs.length < 6) this.#openTab(this.#chance.pick(this.#devices))
        return
      case 'flush':
        if (tab !== null) void tab.document.flush()
    }
  }

  #startServer(): void {
    const world = {
      time: this.#time,
      chance: this.#chance,
      stores: this.#stores,
      roles: this.#roles,
      note: (event: HistoryEvent) => this.#note(event),
      faulty: () => this.#isTroubled,
    }
    this.#server = new SimulatedServer(world, `server-${++this.#servers}`)
    this.#network.route(this.#server)
  }

  #crashServer(downMs: number): void {
    if (this.#server === null) return
    this.#server.crash()
    this.#stores = this.#stores.crash()
    this.#server = null
    this.#network.route(null)
    this.#time.after(downMs, () => {
      if (this.#server === null) this.#startServer()
    })
  }

  #openTab(device: Device): void {
    const batching = this.#chance.pick(['immediate', 'immediate', {}, { pauseMs: 50, intervalMs: 300 }] as const)
    const world = {
      time: this.#time,
      chance: this.#chance,
      network: this.#network,
      documentId: DOCUMENT_ID,
      note: (event: HistoryEvent) => this.#note(event),
    }
    const name = `t${this.#tabCount++}`
    if (this.#chance.happens(0.5)) this.#stubborn.add(name)
    this.#tabs.push(new SimulatedTab(world, device, name, batching))
  }

  #crashTab(tab: SimulatedTab): void {
    tab.crash()
    this.#tabs = this.#tabs.filter((other) => other !== tab)
    if (this.#chance.happens(0.7)) this.#time.after(this.#chance.between(0, 3_000), () => this.#openTab(tab.device))
  }

  async #reloadEverybody(): Promise<void> {
    for (const tab of this.#tabs) tab.crash()
    this.#tabs = []
    // One tab for each device; a journal of several tabs needs several openings to be adopted.
    for (const device of this.#devices)
      for (
        let left = (await device.store.list(DOCUMENT_ID)).filter(({ leftovers }) => leftovers > 0).length;
        left >= 0;
        left--
      )
        this.#openTab(device)
    await this.#time.pass(1_000)
  }

  #setRole(user: string, role: Role): void {
    if (this.#roles.get(user) === role) return
    this.#roles.set(user, role)
    this.#note({ kind: 'rights', user, mayEdit: role === 'editor', at: this.#time.now() })
    void this.#stores.fanOut.announce({ kind: 'access', documentId: DOCUMENT_ID, userId: user, role })
  }

  #atRest(): boolean {
    return this.#tabs.every(({ document, device }) => {
      const { connection, saveState } = document.getSnapshot()
      const settledState = this.#roles.get(device.user) === 'viewer' ? ['saved', 'refused'] : ['saved']
      return connection === 'connected' && settledState.includes(saveState)
    })
  }

  #noteUnrest({ name, document, device }: SimulatedTab): void {
    const { connection, saveState, error } = document.getSnapshot()
    const { pendingStructs, pendingDs } = document.ydoc.store
    const rest = this.#roles.get(device.user) === 'viewer' || saveState === 'saved'
    if (connection !== 'connected' || !rest)
      this.#note({ kind: 'restless', what: `${name} is ${connection} and ${saveState}: ${String(error)}` })
    if (pendingStructs !== null || pendingDs !== null)
      this.#note({ kind: 'restless', what: `${name} holds structs that wait for others` })
  }

  async #view(): Promise<void> {
    // Whoever is at rest may still have an operation of somebody else on the way.
    await this.#time.pass(5_000)
    const log = await this.#stores.operations.read(DOCUMENT_ID, 0, 1_000_000)
    this.#noteView('a replay of all operations', replayed(log.map(({ update }) => update)))

    for (const tab of this.#tabs)
      if ((await tab.unsaved()).length === 0 && tab.document.getSnapshot().saveState === 'saved')
        this.#noteView(tab.name, tab.document.ydoc)
    for (const device of this.#devices) await this.#noteKept(device)

    // A server that has nothing in memory, and somebody who has nothing at all.
    this.#crashServer(0)
    const device: Device = { name: 'fresh', user: 'p0', store: memoryDeviceStore(), held: new Set(), online: true }
    this.#openTab(device)
    const fresh = this.#tabs.at(-1)!
    await this.#time.passUntil(() => fresh.document.getSnapshot().loaded, HEALING_MS)
    await this.#time.pass(1_000)
    this.#noteView('a fresh client', fresh.document.ydoc)
    let stored: Rendered | null = null
    const asked = this.#server as SimulatedServer | null
    void asked?.rooms.content(DOCUMENT_ID, 'update').then(({ rendered }) => (stored = rendered))
    await this.#time.passUntil(() => stored !== null, HEALING_MS)
    const rendered = stored as Rendered | null
    this.#noteView('snapshot and tail', replayed(rendered?.format === 'update' ? [rendered.update] : []))
  }

  async #noteKept(device: Device): Promise<void> {
    const journals = await device.store.list(DOCUMENT_ID)
    for (const { replicaId } of journals) {
      const journal = await device.store.read(DOCUMENT_ID, replicaId)
      const updates = [...(journal?.operations ?? []), ...(journal?.updates ?? [])].map(({ update }) => update)
      this.#note({ kind: 'kept', device: device.name, markers: markersWritten(updates) })
    }
  }

  #noteView(view: string, doc: Y.Doc): void {
    this.#note({ kind: 'view', view, appearance: appearance(doc), markers: markersIn(plainText(doc)) })
  }

  #noteFrame(tab: string, replicaId: string, bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes)
    const at = this.#time.now()
    if (frame.kind === 'committed') this.#note({ kind: 'acknowledged', replicaId, counter: frame.counter, at })
    if (frame.kind === 'welcome') this.#note({ kind: 'acknowledged', replicaId, counter: frame.committedCounter, at })
    if (frame.kind === 'operation')
      this.#note({ kind: 'shown', tab, seq: frame.seq, markers: markersWritten([frame.update]), at })
    if (frame.kind === 'state') {
      const updates = frame.parts.map(({ encoding, update }) =>
        encoding === 'plain' ? update : inflateRawSync(update),
      )
      this.#note({ kind: 'shown', tab, seq: frame.seq, markers: markersWritten(updates), at })
    }
  }

  #note(event: HistoryEvent): void {
    this.history.push(event)
  }
}

/** The document that these updates make, and nothing that Yjs tidies away by itself after changes that are not local. */
function replayed(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  Y.transact(doc, () => updates.forEach((update) => Y.applyUpdateV2(doc, update)), null, true)
  return doc
}
