import { DEFAULT_SCHEMA_ID } from '@sheaf/protocol'
import type { BatchingNumbers } from '../batcher.ts'
import { memoryDeviceStore } from '../device/memory.ts'
import type { DeviceStore } from '../device/store.ts'
import { processLocks, systemRuntime } from '../runtime.ts'
import type { Random } from '../runtime.ts'
import { BrokenPromiseError } from './broken-promise.ts'
import type { BrokenPromise } from './broken-promise.ts'
import { contentOf } from './change.ts'
import { createChecker } from './checker.ts'
import { fakeClock, realClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'
import { faultyNetwork } from './faulty-network.ts'
import { History } from './history.ts'
import { JournalWitness } from './journal-witness.ts'
import { MemoryServer } from './memory-server.ts'
import { memoryTransport } from './memory-transport.ts'
import type { OperationLog } from './operation-log.ts'
import { seededRandom } from './runtime.ts'
import { TestPerson } from './test-person.ts'
import type { Surroundings, TestDevice } from './test-person.ts'
import { Trouble } from './trouble.ts'
import { doubledIn, viewsThatDiffer } from './verdicts.ts'
import { WorldNetwork } from './world-network.ts'
import { isAtRest, isReachable, standingOf } from './world-rest.ts'

export interface TestWorldOptions {
  /** What chance does: ids, jitter, and the order of what is written at one place at once. 1 unless told. */
  readonly seed?: number
  /** `fake`: time passes only in `settled` and `advance`. `real`: it passes by itself. `fake` unless told. */
  readonly time?: 'fake' | 'real'
  /** When edits are sent; as in the client unless told: after 200 ms of pause, 2 s of typing or 20 characters. */
  readonly batching?: Partial<BatchingNumbers> | 'immediate'
  /** Schema of the documents and of the people's editors; that of Sheaf's editor unless told. */
  readonly schemaId?: string
  /** Makes the store of each new device; in memory unless told. */
  readonly deviceStore?: () => DeviceStore
  /** What of the server outlives a kill. For tests of the checker itself: a log that forgets, say. */
  readonly log?: OperationLog
}

/** People who write documents together over a network that fails, on a server that dies, in a time that the test moves. */
export interface TestWorld {
  readonly seed: number
  readonly clock: FakeClock
  /** Chance of this seed, for what the test itself decides. */
  readonly random: Random
  readonly server: MemoryServer
  readonly network: WorldNetwork
  /** Somebody by a name; the same one for the same name. The first tab of a new device. */
  person(name: string): TestPerson
  /** Lets time pass. Milliseconds. */
  advance(ms: number): Promise<void>
  /**
   * Lets time pass until whoever can reach the server is connected and has nothing unsaved.
   * @throws after two minutes of the world's time, with who is not at rest
   */
  settled(): Promise<void>
  /**
   * Comes to rest, and judges every document by what is in the log of the server: nothing that somebody was shown as saved,
   * saw arrive, or had stored on a device may be missing, nothing may be there twice, and all must see the same.
   * @throws {BrokenPromiseError} with the seed and all that happened
   */
  verify(): Promise<void>
  /**
   * Lets chance break things for so long: connections, the server before and after each step, its store, tabs, rights,
   * tokens. Then everything is mended. Milliseconds.
   * @param meanwhile called about every 100 ms with somebody whose tab is there: to type something
   */
  trouble(ms: number, meanwhile?: (person: TestPerson) => void): Promise<void>
  /** What happened so far, line by line. */
  readonly history: string
  /** Closes every client. */
  close(): Promise<void>
}

const REST_LIMIT_MS = 120_000
const ADOPTION_LIMIT_MS = 10_000
const STEP_MS = 25
const TROUBLE_STEP_MS = 100
/** How often something breaks at a step of trouble. */
const TROUBLE_SHARE = 0.3

export function createTestWorld(options: TestWorldOptions = {}): TestWorld {
  const { seed = 1 } = options
  const clock = options.time === 'real' ? realClock() : fakeClock()
  const random = seededRandom(seed)
  const history = new History(clock.now)
  const note = (what: string): void => history.note(what)
  const circumstances = (): string => `Seed ${seed}. What happened:\n${history.toString()}`
  const checker = createChecker({ isEverybodyWatched: true, circumstances, now: clock.now, note })
  const transport = memoryTransport(clock)
  const schemaId = options.schemaId ?? DEFAULT_SCHEMA_ID
  const server = new MemoryServer({
    serve: (accept) => transport.serve(accept),
    schemaId,
    note,
    onWritten: (documentId, change) => checker.allow(documentId, change),
    ...(options.log === undefined ? {} : { log: options.log }),
  })
  const tabs: TestPerson[] = []
  const devices: TestDevice[] = []
  const names = new Map<string, string>()

  const newDevice = (name: string): TestDevice => {
    const store = options.deviceStore?.() ?? memoryDeviceStore()
    const device = { journals: new JournalWitness(store, name), locks: processLocks() }
    devices.push(device)
    return device
  }

  const newTab = (id: string, name: string, device: TestDevice): TestPerson => {
    const network = faultyNetwork({ webSocket: transport.webSocket, clock })
    const others = tabs.filter((tab) => tab.id === id).length
    const tab = new TestPerson(id, others === 0 ? name : `${name} #${others + 1}`, device, network, around)
    tabs.push(tab)
    return tab
  }

  const around: Surroundings = {
    clock,
    random,
    checker,
    batching: options.batching ?? {},
    schemaId,
    inflate: systemRuntime().inflate,
    note,
    openTab: ({ id }, device) => {
      const name = names.get(id) ?? id
      return newTab(id, name, device ?? newDevice(name))
    },
  }

  const person = (name: string): TestPerson => {
    const id = name.toLowerCase().replaceAll(/\s+/g, '-')
    const known = tabs.find((tab) => tab.id === id)
    if (known !== undefined) return known
    names.set(id, name)
    server.introduce(id, name)
    return newTab(id, name, newDevice(name))
  }

  const reachable = (): readonly TestPerson[] => tabs.filter((tab) => isReachable(tab, server))
  const atRest = (): boolean => reachable().every((tab) => isAtRest(tab, server))

  const passUntil = async (condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> => {
    await clock.settle()
    for (const end = clock.now() + limitMs; !(await condition());) {
      if (clock.now() >= end) return false
      await clock.advance(STEP_MS)
    }
    return true
  }

  /** What tabs left behind that are gone is sent by those that are here. */
  const isAdopted = async (): Promise<boolean> => {
    for (const { device, documents } of reachable()) {
      const mayAdopt = !server.isStalled && documents.some((document) => document.getSnapshot().editable)
      if (mayAdopt && (await device.journals.leftovers()) > 0) return false
    }
    return true
  }

  const settled = async (): Promise<void> => {
    if (!(await passUntil(atRest, REST_LIMIT_MS))) {
      const restless = reachable().filter((tab) => !isAtRest(tab, server))
      throw new Error(`Not at rest: ${restless.map(standingOf).join('; ')}\n${circumstances()}`)
    }
    await passUntil(isAdopted, ADOPTION_LIMIT_MS)
    await passUntil(atRest, REST_LIMIT_MS)
  }

  const judge = async (): Promise<readonly BrokenPromise[]> => {
    const opened = tabs.flatMap(({ documents }) => documents.map(({ id }) => id))
    const broken: BrokenPromise[] = []
    for (const documentId of new Set([...server.log.documentIds, ...opened])) {
      if (server.log.isDeleted(documentId)) continue
      const found = server.content(documentId)
      const there = contentOf(found)
      broken.push(...checker.judge(found, documentId), ...doubledIn(server.log, documentId))
      for (const { journals } of devices) broken.push(...(await journals.judge(documentId, there)))
      broken.push(...viewsThatDiffer(reachable(), documentId, found))
    }
    return broken
  }

  return {
    seed,
    clock,
    random,
    server,
    network: new WorldNetwork(() => tabs, note),
    person,
    advance: (ms) => clock.advance(ms),
    settled,
    trouble: async (ms, meanwhile = () => undefined) => {
      const trouble = new Trouble({ random, server, people: () => tabs })
      for (const end = clock.now() + ms; clock.now() < end;) {
        const present = tabs.filter((tab) => !tab.isGone)
        const somebody = present[Math.floor(random.fraction() * present.length)]
        if (somebody !== undefined) meanwhile(somebody)
        // An edit is on its way to the device when the code that made it has run to its end.
        await clock.settle()
        if (random.fraction() < TROUBLE_SHARE) trouble.strike()
        await clock.advance(random.fraction() * 2 * TROUBLE_STEP_MS)
      }
      trouble.end()
    },
    verify: async () => {
      await settled()
      const broken = await judge()
      if (broken.length > 0) throw new BrokenPromiseError(broken, circumstances())
    },
    get history() {
      return history.toString()
    },
    close: async () => {
      const closing = Promise.all(tabs.filter((tab) => !tab.isGone).map(({ client }) => client.close()))
      let isClosed = false
      void closing.then(() => {
        isClosed = true
      })
      await passUntil(() => isClosed, REST_LIMIT_MS)
    },
  }
}
