import { setTimeout as pause } from 'node:timers/promises'
import type { ServiceName, Services } from '@sheaf/services'
import { Cluster } from '../cluster/cluster.ts'
import type { Member } from '../cluster/member.ts'
import { Chance } from '../simulation/chance.ts'
import { ClusterLoad } from './cluster-load.ts'
import type { ClusterReport, LoadOptions } from './cluster-load.ts'

/** What one fault is done to, and with. */
export interface FaultStage {
  readonly cluster: Cluster
  readonly services: Services
  readonly load: ClusterLoad
  readonly chance: Chance
  readonly rounds: number
  readonly log: (line: string) => void
}

export type Fault = (stage: FaultStage) => Promise<void>

/** A lock is valid for ten seconds: whoever hangs for longer has lost it. */
const BEYOND_THE_LOCK_MS = 11_000
/** One round in so many lets the server hang instead of killing it. */
const FREEZE_EVERY = 5

/** One of the servers is killed, or hangs until its locks are gone and goes on, again and again. */
export const serversDie: Fault = async ({ cluster, load, chance, rounds, log }) => {
  for (let round = 1; round <= rounds; round++) {
    const server = chance.pick(cluster.servers)
    await pause(chance.between(50, 800))
    if (round % FREEZE_EVERY === 0) {
      await server.kill('SIGSTOP')
      await pause(BEYOND_THE_LOCK_MS)
      await server.kill('SIGCONT')
    } else {
      await server.kill('SIGKILL')
      await pause(chance.between(0, 500))
      await server.start()
    }
    await load.connected()
    await load.goesOn()
    if (round % 10 === 0) log(`${round} of ${rounds} rounds, ${load.acknowledged} markers acknowledged`)
  }
}

/** A store goes away while people type, in good order or killed, and comes back after some time. */
const goesAway =
  (name: ServiceName, how: 'stop' | 'kill' | 'hang', meanwhile: (stage: FaultStage) => Promise<void>): Fault =>
  async (stage) => {
    const { services, load } = stage
    const service = services.get(name)
    await load.goesOn()
    if (how === 'stop') await service.stop()
    else await service.kill(how === 'kill' ? 'SIGKILL' : 'SIGSTOP')
    await meanwhile(stage)
    if (how === 'hang') await service.kill('SIGCONT')
    else await service.start()
    await load.connected()
    await load.goesOn()
  }

const editingGoesOn =
  (ms: number) =>
  async ({ load }: FaultStage): Promise<void> => {
    const end = performance.now() + ms
    while (performance.now() < end) await load.goesOn()
  }

/** Nothing can be acknowledged while the truth is away; whatever is acknowledged in this time is a lie. */
const nothingIsAcknowledged =
  (ms: number) =>
  async ({ load, log }: FaultStage): Promise<void> => {
    // What was durable before may still be on its way to its author.
    await pause(1_000)
    const before = load.acknowledged
    await pause(ms)
    const falsely = load.acknowledged - before
    log(`${falsely} markers were acknowledged while MongoDB was away`)
    if (falsely > 0) throw new Error(`${falsely} markers were acknowledged while MongoDB was away`)
  }

export const FAULTS = {
  'servers-die': serversDie,
  'kafka-stops': (stage) => goesAway('kafka', 'stop', editingGoesOn(awayMs(stage)))(stage),
  'kafka-killed': (stage) => goesAway('kafka', 'kill', editingGoesOn(awayMs(stage)))(stage),
  'redis-stops': (stage) => goesAway('redis', 'stop', editingGoesOn(awayMs(stage)))(stage),
  'redis-hangs': (stage) => goesAway('redis', 'hang', editingGoesOn(awayMs(stage)))(stage),
  'redis-flushed': async ({ services, load }) => {
    const { Redis } = await import('ioredis')
    const redis = new Redis(services.settings['SHEAF_REDIS_URL'] ?? '')
    for (let flush = 0; flush < 5; flush++) {
      await redis.flushall()
      await load.goesOn()
    }
    redis.disconnect()
  },
  'postgres-stops': (stage) => goesAway('postgres', 'stop', editingGoesOn(awayMs(stage)))(stage),
  'mongodb-stops': (stage) => goesAway('mongodb', 'stop', nothingIsAcknowledged(awayMs(stage)))(stage),
  'mongodb-killed': (stage) => goesAway('mongodb', 'kill', nothingIsAcknowledged(awayMs(stage)))(stage),
  'mongodb-hangs': (stage) => goesAway('mongodb', 'hang', nothingIsAcknowledged(awayMs(stage)))(stage),
  'worker-killed': async ({ cluster, load, chance, rounds }) => {
    for (let round = 0; round < rounds; round++) {
      const worker = cluster.workers[round % cluster.workers.length] as Member
      await pause(chance.between(100, 1_500))
      await worker.kill('SIGKILL')
      await load.goesOn()
      await worker.start()
    }
  },
  /** Nothing breaks: everybody types at once, again and again, on servers that all want the document. */
  race: async ({ load, rounds, log }) => {
    load.pause()
    for (let round = 1; round <= rounds; round++) {
      await load.everybodyTypesOnce()
      if (round % 100 === 0) log(`${round} of ${rounds} rounds, ${load.acknowledged} markers acknowledged`)
    }
  },
  'rolling-restart': async ({ cluster, load }) => {
    for (const server of cluster.servers) {
      const code = await server.stop()
      if (code !== 0) throw new Error(`${server.label} ended with ${code} when it was asked to stop`)
      await server.start()
      await load.connected()
      await load.goesOn()
    }
  },
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof FAULTS

/** Seconds that a store stays away are told by the number of rounds. */
const awayMs = ({ rounds }: FaultStage): number => rounds * 1_000

/** Starts a cluster on these services, lets people type, breaks a part, heals, and compares. */
export async function runFault(
  name: FaultName,
  services: Services,
  options: LoadOptions & {
    readonly rounds: number
    readonly from: 'built' | 'source'
    readonly log: (line: string) => void
  },
): Promise<ClusterReport> {
  const { rounds, log, seed, from } = options
  const cluster = await Cluster.start({ services, from, workers: name === 'worker-killed' ? 2 : 1 })
  let load: ClusterLoad | null = null
  try {
    load = await ClusterLoad.start(cluster, options)
    await FAULTS[name]({ cluster, services, load, chance: new Chance(seed), rounds, log })
    return await load.finish()
  } catch (error) {
    log(cluster.log.split('\n').slice(-LOG_LINES).join('\n'))
    if (load !== null) log(await load.autopsy())
    throw error
  } finally {
    await cluster.stop()
  }
}

/** What is shown of the log of a cluster that failed. */
const LOG_LINES = 60
