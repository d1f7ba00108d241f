import { inflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import { createSheafClient, memoryDeviceStore } from '../../src/index.ts'
import type { DeviceStore, SheafClient, SheafClientOptions, SheafDocument } from '../../src/index.ts'
import { processLocks } from '../../src/runtime.ts'
import type { Locks } from '../../src/runtime.ts'
import { fakeClock, fakeNetwork, testRuntime } from '../../src/testing/index.ts'
import type { FakeClock, FakeNetwork, TestRuntime } from '../../src/testing/index.ts'
import { ServerDouble } from './server-double.ts'

/** A device: tabs of it share the store and the locks. */
export interface Device {
  readonly store: DeviceStore
  readonly locks: Locks
}

export const newDevice = (store = memoryDeviceStore()): Device => ({ store, locks: processLocks() })

export interface Tab {
  readonly client: SheafClient
  readonly document: SheafDocument
  readonly runtime: TestRuntime
  readonly network: FakeNetwork
  /** The tab is gone from one moment to the next: nothing of it is sent or written any more, its locks are free. */
  kill(): void
}

export interface World {
  readonly clock: FakeClock
  readonly server: ServerDouble
  readonly settle: () => Promise<void>
  readonly advance: (ms: number) => Promise<void>
  readonly tab: (user: string, device?: Device, options?: Partial<SheafClientOptions>) => Tab
  readonly open: (user: string, options?: Partial<SheafClientOptions>) => SheafDocument
}

/** Passes calls on until the tab is gone; then no call ever answers. */
function mortal<Port extends object>(port: Port, isDead: () => boolean): Port {
  const never = (): Promise<never> => new Promise(() => undefined)
  return new Proxy(port, {
    get: (target, name) => (isDead() ? never : Reflect.get(target, name)),
  })
}

/** Locks that become free when the tab is gone. */
function tabLocks(locks: Locks): { locks: Locks; releaseAll: () => void } {
  const held = new Set<{ release(): void }>()
  return {
    locks: {
      tryAcquire: async (name) => {
        const lock = await locks.tryAcquire(name)
        if (lock !== null) held.add(lock)
        return lock
      },
    },
    releaseAll: () => {
      for (const lock of held) lock.release()
    },
  }
}

let seed = 1

/** One server and one clock; as many people, devices and tabs as a test opens, each with a network of its own. */
export function world(): World {
  const clock = fakeClock()
  const server = new ServerDouble(fakeNetwork(clock))
  const tab: World['tab'] = (user, device = newDevice(), options = {}) => {
    let dead = false
    const network = fakeNetwork(clock)
    server.attach(network)
    const { locks, releaseAll } = tabLocks(device.locks)
    const runtime: TestRuntime = {
      ...testRuntime({ clock, network, seed: seed++, locks }),
      // The real one takes real time.
      inflate: async (bytes) => new Uint8Array(inflateRawSync(bytes)),
    }
    const client = createSheafClient({
      url: 'http://sheaf.test',
      token: user,
      deviceStore: mortal(device.store, () => dead),
      batching: 'immediate',
      runtime,
      ...options,
    })
    const kill = (): void => {
      dead = true
      network.partition()
      network.cut()
      releaseAll()
    }
    return { client, document: client.open('doc'), runtime, network, kill }
  }
  return {
    clock,
    server,
    settle: clock.settle,
    advance: clock.advance,
    tab,
    open: (user, options) => tab(user, undefined, options).document,
  }
}

/** The paragraph that these tests write into. */
const paragraph = (doc: Y.Doc): Y.XmlText => {
  const fragment = doc.getXmlFragment('content')
  if (fragment.length === 0) fragment.insert(0, [new Y.XmlText()])
  return fragment.get(0) as Y.XmlText
}

/** One edit: text at the start. */
export function write(document: SheafDocument | Y.Doc, text: string): void {
  const doc = document instanceof Y.Doc ? document : document.ydoc
  doc.transact(() => paragraph(doc).insert(0, text))
}

/** All text there is. */
export function text(document: SheafDocument | Y.Doc): string {
  const doc = document instanceof Y.Doc ? document : document.ydoc
  return doc
    .getXmlFragment('content')
    .toArray()
    .map((node) => node.toString())
    .join('')
}

/** The update of somebody who writes into a document that has this content. */
export function updateOf(content: Y.Doc, text: string): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdateV2(copy, Y.encodeStateAsUpdateV2(content))
  const before = Y.encodeStateVector(copy)
  write(copy, text)
  return Y.encodeStateAsUpdateV2(copy, before)
}
