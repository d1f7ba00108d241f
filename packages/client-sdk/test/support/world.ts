import { inflateRawSync } from 'node:zlib'
import { createSheafClient, memoryDeviceStore } from '../../src/index.ts'
import type { DeviceStore, SheafClient, SheafClientOptions, SheafDocument } from '../../src/index.ts'
import { processLocks } from '../../src/runtime.ts'
import type { Clock, Locks } from '../../src/runtime.ts'
import { fakeClock, faultyNetwork, testRuntime } from '../../src/testing/index.ts'
import type { FakeClock, FaultyNetwork, MemoryServerOptions, TestRuntime } from '../../src/testing/index.ts'
import { memoryTransport } from '../../src/testing/memory-transport.ts'
import { WatchedServer } from './watched-server.ts'

export { text, write } from './text.ts'

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
  readonly network: FaultyNetwork
  /** The tab is gone from one moment to the next: nothing of it is sent or written any more, its locks are free. */
  kill(): void
}

export interface World {
  readonly clock: FakeClock
  readonly server: WatchedServer
  readonly settle: () => Promise<void>
  readonly advance: (ms: number) => Promise<void>
  /** @param clock what the page takes for the time; that of the world unless told */
  readonly tab: (user: string, device?: Device, options?: Partial<SheafClientOptions>, clock?: Clock) => Tab
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

/**
 * The server and the network of the failure kit, with a clock; as many people, devices and tabs as a test opens. Unlike
 * `createTestWorld` it shows what the client sends, and takes every option of a client.
 */
export function world(options: Omit<MemoryServerOptions, 'serve'> = {}): World {
  const clock = fakeClock()
  const transport = memoryTransport(clock)
  const server = new WatchedServer(transport, options)
  const tab: World['tab'] = (user, device = newDevice(), clientOptions = {}, pageClock = clock) => {
    let dead = false
    const network = faultyNetwork({ webSocket: transport.webSocket, clock })
    const { locks, releaseAll } = tabLocks(device.locks)
    const runtime = testRuntime({ clock, webSocket: network.webSocket, seed: seed++, locks })
    const client = createSheafClient({
      url: 'http://sheaf.test',
      token: user,
      deviceStore: mortal(device.store, () => dead),
      batching: 'immediate',
      runtime: {
        ...runtime,
        clock: pageClock,
        // The real one takes real time.
        inflate: async (bytes) => new Uint8Array(inflateRawSync(bytes)),
      },
      ...clientOptions,
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
    open: (user, clientOptions) => tab(user, undefined, clientOptions).document,
  }
}
