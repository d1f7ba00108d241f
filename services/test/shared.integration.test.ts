import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { servicesCommand } from '../src/command.ts'
import { processEntry } from '../src/process-table.ts'
import { ServerProcess } from '../src/process.ts'
import { sharedServices, sharedSetting } from '../src/shared.ts'
import { isPresent } from './support/present.ts'
import { processesIn } from './support/system.ts'

let folder: string
let stateFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sheaf-shared-'))
  stateFile = join(folder, 'state', 'shared.json')
  vi.stubEnv('TEST_REDIS_URL', undefined)
})
afterEach(async () => {
  await command('down')
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

async function command(...parameters: string[]) {
  const printed: string[] = []
  const said: string[] = []
  const terminal = { print: (line: string) => printed.push(line), say: (line: string) => said.push(line) }
  const code = await servicesCommand(parameters, terminal, stateFile)
  return { code, printed, said: said.join('\n') }
}

const started = () => sharedServices(stateFile)[0]!

describe.skipIf(!isPresent('redis'))('pnpm services', () => {
  it('SV-10 starts what does not run and prints its settings only', async () => {
    const first = await command('up', 'redis')
    expect(first.code).toBe(0)
    expect(first.printed).toEqual([`export SHEAF_REDIS_URL='${started().setting}'`])
    const [pid] = processesIn(started().folder)
    const second = await command('up', 'redis')
    expect(second.printed).toEqual(first.printed)
    expect(second.said).toBe('redis: running already')
    expect(processesIn(started().folder)).toEqual([pid])
  })

  it('SV-10 starts anew what died', async () => {
    await command('up', 'redis')
    const before = started()
    await new ServerProcess(before.processes[0]!).kill()
    expect((await command('up', 'redis')).said).toMatch(/^redis: started/)
    expect(started().processes).not.toEqual(before.processes)
  })

  it('SV-11 asks each server for its state', async () => {
    expect(await command('status', 'redis')).toMatchObject({ code: 1, printed: ['redis     not started'] })
    await command('up', 'redis')
    expect((await command('status', 'redis')).printed[0]).toMatch(/^redis {5}answers as Redis \d/)
    const redis = new ServerProcess(started().processes[0]!)
    redis.freeze()
    expect((await command('status', 'redis')).printed[0]).toMatch(/^redis {5}does not answer: /)
    redis.thaw()
    await redis.kill()
    const { code, printed } = await command('status', 'redis')
    expect(code).toBe(1)
    expect(printed[0]).toMatch(/^redis {5}died: /)
  })

  it('SV-12 ends what it started', async () => {
    await command('up', 'redis')
    const { folder: data } = started()
    expect((await command('down')).said).toBe('redis: stopped')
    expect(processesIn(data)).toEqual([])
    expect(sharedServices(stateFile)).toEqual([])
    expect((await command('down')).said).toBe('Nothing is running.')
  })

  it('SV-12 leaves a process alone that has the pid by chance', async () => {
    await command('up', 'redis')
    const service = started()
    await new ServerProcess(service.processes[0]!).kill()
    const other = spawn('sleep', ['60'])
    const processes = [{ ...service.processes[0]!, pid: other.pid! }]
    writeFileSync(stateFile, JSON.stringify([{ ...service, processes }]))
    await command('down')
    expect(processEntry(other.pid!)).not.toBeNull()
    other.kill()
  })

  it('SV-13 is where tests find a server, after the environment', async () => {
    expect(sharedSetting('redis', stateFile)).toBeNull()
    await command('up', 'redis')
    expect(sharedSetting('redis', stateFile)).toBe(started().setting)
    vi.stubEnv('TEST_REDIS_URL', 'redis://other.example')
    expect(sharedSetting('redis', stateFile)).toBe('redis://other.example')
    vi.stubEnv('TEST_REDIS_URL', undefined)
    await new ServerProcess(started().processes[0]!).kill()
    expect(sharedSetting('redis', stateFile)).toBeNull()
  })

  it('SV-10 says which servers there are', async () => {
    const { code, said } = await command('up', 'oracle')
    expect(code).toBe(2)
    expect(said).toBe('there is no server "oracle"; there are postgres, mongodb, redis, kafka')
  })
})
