import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { becomesTrue } from '../src/waiting.ts'
import { isPresent } from './support/present.ts'
import { processesIn } from './support/system.ts'

const program = fileURLToPath(new URL('support/starter.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

describe.skipIf(!isPresent('postgres', 'redis'))('a process that starts servers', () => {
  it('SV-7 takes them with it when it is killed, even those that hang', async () => {
    const starter = spawn(process.execPath, ['--import', tsx, program, 'postgres', 'redis'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
      const { folder } = JSON.parse(line) as { folder: string }
      expect(processesIn(folder).length).toBeGreaterThan(5)
      starter.kill('SIGKILL')
      expect(await becomesTrue(() => processesIn(folder).length === 0 && !existsSync(folder), 10_000)).toBe(true)
    } finally {
      starter.kill('SIGKILL')
    }
  })
})
