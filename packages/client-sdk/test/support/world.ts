import * as Y from 'yjs'
import { createSheafClient, memoryDeviceStore } from '../../src/index.ts'
import type { DeviceStore, SheafClient, SheafClientOptions, SheafDocument } from '../../src/index.ts'
import { processLocks } from '../../src/runtime.ts'
import { fakeClock, fakeNetwork, testRuntime } from '../../src/testing/index.ts'
import type { FakeClock, FakeNetwork, TestRuntime } from '../../src/testing/index.ts'
import { ServerDouble } from './server-double.ts'

/** A device: tabs of it share the store and the locks. */
export interface Device {
  readonly store: DeviceStore
  readonly locks: ReturnType<typeof processLocks>
}

export const newDevice = (): Device => ({ store: memoryDeviceStore(), locks: processLocks() })

export interface Tab {
  readonly client: SheafClient
  readonly document: SheafDocument
  readonly runtime: TestRuntime
  readonly network: FakeNetwork
}

export interface World {
  readonly clock: FakeClock
  readonly server: ServerDouble
  readonly network: FakeNetwork
  readonly settle: () => Promise<void>
  readonly advance: (ms: number) => Promise<void>
  readonly tab: (user: string, device?: Device, options?: Partial<SheafClientOptions>) => Tab
  readonly open: (user: string, options?: Partial<SheafClientOptions>) => SheafDocument
}

let seed = 1

/** One server, one network, one clock; as many people as a test opens. */
export function world(): World {
  const clock = fakeClock()
  const network = fakeNetwork(clock)
  const server = new ServerDouble(network)
  const tab: World['tab'] = (user, device = newDevice(), options = {}) => {
    const runtime = testRuntime({ clock, network, seed: seed++, locks: device.locks })
    const client = createSheafClient({
      url: 'http://sheaf.test',
      token: user,
      deviceStore: device.store,
      batching: 'immediate',
      runtime,
      ...options,
    })
    return { client, document: client.open('doc'), runtime, network }
  }
  return {
    clock,
    server,
    network,
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
