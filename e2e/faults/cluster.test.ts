import { absences, startServices } from '@sheaf/services'
import type { Services } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runFault } from './cluster-faults.ts'
import type { FaultName } from './cluster-faults.ts'
import { describe as inLines, isClean } from './cluster-load.ts'

const missing = (await absences()).map(({ name, reason, remedy }) => `${name}: ${reason}; ${remedy}`)
if (missing.length > 0) console.warn(`The faults of a cluster are not tested. ${missing.join('. ')}`)

/** Each breaks a cluster of its own, on stores that nobody else uses; the number is how often, or for how many seconds. */
const cases: readonly (readonly [string, FaultName, number])[] = [
  ['FC-1 servers that are killed, and one that hangs until its locks are gone', 'servers-die', 5],
  ['FC-2 Kafka that is killed and comes back', 'kafka-killed', 5],
  ['FC-3 Redis that is emptied', 'redis-flushed', 1],
  ['FC-4 Redis that stops and comes back', 'redis-stops', 5],
  ['FC-5 PostgreSQL that stops and comes back', 'postgres-stops', 5],
  ['FC-6 MongoDB that is killed and comes back', 'mongodb-killed', 5],
  ['FC-7 workers that are killed', 'worker-killed', 4],
  ['FC-9 servers that all write one document at the same time', 'race', 25],
  ['FC-8 servers that are restarted one after the other', 'rolling-restart', 1],
]

describe.skipIf(missing.length > 0)('a cluster under load bears', () => {
  let services: Services
  beforeAll(async () => {
    services = await startServices(['postgres', 'mongodb', 'redis', 'kafka'])
  }, 120_000)
  afterAll(() => services.stop())

  it.each(cases)(
    '%s',
    async (_name, fault, rounds) => {
      const lines: string[] = []
      const report = await runFault(fault, services, {
        rounds,
        seed: 1,
        documents: 2,
        people: 4,
        from: 'built',
        log: (line) => lines.push(line),
      }).catch((error: unknown) => {
        throw new Error(lines.join('\n'), { cause: error })
      })
      expect(isClean(report), inLines(report)).toBe(true)
      expect(report.acknowledged).toBeGreaterThan(20)
    },
    300_000,
  )
})
