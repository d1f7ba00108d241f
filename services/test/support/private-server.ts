import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../src/question.ts'
import type { ServiceName } from '../../src/service.ts'
import { type Services, startServices } from '../../src/services.ts'
import { listeners, processesIn } from './system.ts'
import { memories, type Memory } from './memory.ts'
import { isPresent } from './present.ts'

/** What every private server has to show. `disk`: whether it remembers after a kill. */
export function describePrivateServer(name: ServiceName, disk: boolean): void {
  describe.skipIf(!isPresent(name))(`a private ${name}`, () => {
    let services: Services
    let setting: string

    beforeAll(async () => {
      services = await startServices([name])
      setting = Object.values(services.settings)[0]!
    }, 120_000)
    afterAll(() => services?.stop())

    const remembered = (text: string) =>
      withMemory(name, setting, async (memory) => (await memory.read()).includes(text))
    const remember = (text: string) => withMemory(name, setting, (memory) => memory.write(text))

    it('SV-1 listens on 127.0.0.1 only and answers its client', async () => {
      expect(await ask(name, setting)).toMatch(/^(PostgreSQL|MongoDB|Redis|Kafka)\b/)
      const port = Number(/:(\d+)/.exec(setting.replace(/^\w+:/, ''))?.[1])
      expect(listeners(port)).toEqual(['127.0.0.1'])
    })

    it('SV-2 is killed without a trace and comes back', async () => {
      await remember('before the kill')
      await services.get(name).kill('SIGKILL')
      expect(processesIn(services.folder)).toEqual([])
      await expect(ask(name, setting)).rejects.toThrow()
      await services.get(name).start()
      await ask(name, setting)
    }, 120_000)

    it(
      disk ? 'SV-2 has what it had' : 'SV-5 is empty then',
      async () => {
        expect(await remembered('before the kill')).toBe(disk)
      },
      120_000,
    )

    it('SV-3 hangs and goes on', async () => {
      await withMemory(name, setting, async (memory) => {
        await services.get(name).kill('SIGSTOP')
        let written = false
        const writing = memory.write('while it hung').then(() => (written = true))
        await expect(ask(name, setting)).rejects.toThrow()
        expect(written).toBe(false)
        await services.get(name).kill('SIGCONT')
        await writing
      })
      expect(await remembered('while it hung')).toBe(true)
    }, 120_000)

    it('SV-4 stops while it hangs, leaves no process, and starts again', async () => {
      await remember('before the stop')
      await services.get(name).kill('SIGSTOP')
      await services.get(name).stop()
      expect(processesIn(services.folder)).toEqual([])
      await services.get(name).start()
      expect(await remembered('before the stop')).toBe(disk)
    }, 120_000)

    it('SV-6 leaves neither a process nor a file', async () => {
      const { folder } = services
      expect(processesIn(folder).length).toBeGreaterThan(0)
      await services.stop()
      expect(processesIn(folder)).toEqual([])
      expect(existsSync(folder)).toBe(false)
    })
  })
}

async function withMemory<Result>(
  name: ServiceName,
  setting: string,
  use: (memory: Memory) => Promise<Result>,
): Promise<Result> {
  const memory = await memories[name](setting)
  try {
    return await use(memory)
  } finally {
    await memory.close()
  }
}
