import type { Limits } from '../../src/limits.ts'
import type { FanOutMessage } from '../../src/ports.ts'
import { MemoryBus, createMemoryStores } from '../../src/testing/memory-stores.ts'
import type { MemoryStores } from '../../src/testing/memory-stores.ts'
import { FakeClock } from './fake-clock.ts'
import { World } from './world.ts'

export interface ClusterOptions {
  readonly limits?: Partial<Limits>
  readonly content?: unknown
}

/** Several servers over one set of stores, which hear each other on a bus that can be cut. */
export class Cluster {
  readonly clock = new FakeClock()
  readonly bus = new MemoryBus()
  readonly servers: World[] = []
  readonly #limits: Partial<Limits>
  #starts = 0

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = limits
  }

  /** So many servers with one document between them. */
  static async of(servers: number, { limits, content }: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(limits)
    for (let i = 0; i < servers; i++) cluster.addServer()
    await cluster.server(0).create(content)
    return cluster
  }

  addServer(clock: FakeClock = this.clock): World {
    const [first] = this.servers
    const world = this.#start(first?.stores.another() ?? createMemoryStores({ bus: this.bus }), clock)
    this.servers.push(world)
    return world
  }

  /** Kills a server and starts another one in its place. Its lock stays until it expires. */
  kill(index: number): World {
    const world = this.#start(this.server(index).stores.crash(), this.clock)
    this.servers[index] = world
    return world
  }

  #start(stores: MemoryStores, clock: FakeClock): World {
    const [first] = this.servers
    this.#starts += 1
    return new World({
      stores,
      clock,
      limits: this.#limits,
      serverId: `server-${this.#starts}`,
      ...(first === undefined ? {} : { people: first }),
    })
  }

  server(index: number): World {
    const world = this.servers[index]
    if (world === undefined) throw new Error(`there is no server ${index}`)
    return world
  }

  pass(ms = 0): Promise<void> {
    return this.clock.pass(ms)
  }

  count(name: string): number {
    return this.servers.reduce((sum, server) => sum + server.count(name), 0)
  }
}

/** Loses the next messages of this kind that these stores publish. */
export function loseNext(stores: MemoryStores, kind: FanOutMessage['kind'], times = 1): void {
  const publish = stores.fanOut.publish.bind(stores.fanOut)
  let left = times
  stores.fanOut.publish = (documentId, message) => {
    if (message.kind !== kind || left === 0) return publish(documentId, message)
    left -= 1
  }
}

/** Every message that these stores publish from now on. */
export function overhear(stores: MemoryStores): FanOutMessage[] {
  const publish = stores.fanOut.publish.bind(stores.fanOut)
  const messages: FanOutMessage[] = []
  stores.fanOut.publish = (documentId, message) => {
    messages.push(message)
    publish(documentId, message)
  }
  return messages
}
