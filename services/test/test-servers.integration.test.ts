import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { absences } from '../src/absence.ts'
import { ask } from '../src/question.ts'
import { type Services, startServices } from '../src/services.ts'
import { startTestServers, type TestServers } from '../src/test-servers.ts'
import { isPresent } from './support/present.ts'

const settings = ['SHEAF_POSTGRES_URL', 'SHEAF_MONGODB_URL', 'SHEAF_REDIS_URL', 'SHEAF_KAFKA_BROKERS']
const lacking = (name: 'postgres' | 'mongodb' | 'redis' | 'kafka') =>
  ({ name, reason: 'not asked for', remedy: 'none', lacking: 'part' }) as const

let given: Services | undefined
let servers: TestServers | undefined
beforeEach(() => {
  for (const name of settings) vi.stubEnv(name, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await servers?.stop()
  await given?.stop()
  servers = undefined
  given = undefined
})

describe.skipIf(!isPresent('redis', 'postgres'))('the servers of a run of all tests', () => {
  it('SV-14 are those that the environment names, and started ones for the rest', async () => {
    given = await startServices(['redis'])
    const url = given.settings['SHEAF_REDIS_URL']!
    vi.stubEnv('SHEAF_REDIS_URL', url)
    servers = await startTestServers([lacking('mongodb'), lacking('kafka')])
    expect(servers.environment).toMatchObject({ TEST_REDIS_URL: url })
    expect(servers.environment['TEST_MONGODB_URL']).toBeUndefined()
    expect(await ask('postgres', servers.environment['TEST_POSTGRES_URL']!)).toMatch(/^PostgreSQL/)
    for (const name of settings) {
      expect(servers.environment).toHaveProperty(name)
      expect(servers.environment[name]).toBeUndefined()
    }
    await servers.stop()
    expect(await ask('redis', url)).toMatch(/^Redis/)
  })
})

describe('a server that is named', () => {
  it('SV-15 ends the run where it does not answer, without showing its URL', async () => {
    vi.stubEnv('SHEAF_REDIS_URL', 'redis://user:secret@127.0.0.1:1')
    const failure = await startTestServers([]).catch((error: Error) => error.message)
    expect(failure).toMatch(/^SHEAF_REDIS_URL names a server that does not answer: /)
    expect(failure).not.toContain('secret')
  })
})

describe('what cannot be had', () => {
  it('SV-16 is named with a reason and the command that brings it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sheaf-cache-'))
    vi.stubEnv('TEST_SERVICES_CACHE', folder)
    const missing = await absences()
    rmSync(folder, { recursive: true })
    expect(missing.map(({ name }) => name)).toEqual(expect.arrayContaining(['mongodb', 'kafka']))
    for (const { reason, remedy } of missing) {
      expect(reason).toMatch(/ is not (built|downloaded|installed)$/)
      expect(remedy).toMatch(/^(apt-get install|npx pnpm services up) /)
    }
  })
})
