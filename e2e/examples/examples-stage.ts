import { mkdtemp, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { SheafApi } from '../faults/sheaf-api.ts'
import { freePort, sheafEnvironment, sheafServe } from '../faults/sheaf-command.ts'
import { Api } from '../support/api.ts'
import { ExampleApp } from './example-app.ts'
import type { ServedExample } from './example-app.ts'

const programOf = (folder: string, name: string, file: string): string =>
  join(createRequire(new URL(`../../examples/${folder}/package.json`, import.meta.url)).resolve(name), file)

const nextjs: ServedExample = {
  folder: 'nextjs',
  built: '.next/BUILD_ID',
  parameters: (port) => [
    programOf('nextjs', 'next/package.json', '../dist/bin/next'),
    'start',
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
  ],
  environment: (sheafUrl) => ({ SHEAF_URL: sheafUrl, NEXT_TELEMETRY_DISABLED: '1' }),
}

const nuxt: ServedExample = {
  folder: 'nuxt',
  built: '.output/server/index.mjs',
  parameters: () => ['.output/server/index.mjs'],
  environment: (sheafUrl) => ({ HOST: '127.0.0.1', NUXT_PUBLIC_SHEAF_URL: sheafUrl }),
}

const vanilla: ServedExample = {
  folder: 'vanilla',
  built: 'dist/index.html',
  parameters: (port) => [
    programOf('vanilla', 'vite/package.json', '../bin/vite.js'),
    'preview',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--strictPort',
  ],
  environment: () => ({}),
}

/** The built examples beside a built `sheaf serve` that lets their pages in. */
export class ExamplesStage {
  readonly sheafUrl: string
  readonly api: Api
  readonly nextjs: ExampleApp
  readonly nuxt: ExampleApp
  readonly vanilla: ExampleApp
  readonly #stop: () => Promise<void>

  private constructor(sheafUrl: string, apps: readonly ExampleApp[], stop: () => Promise<void>) {
    const [first, second, third] = apps
    if (first === undefined || second === undefined || third === undefined) throw new Error('three examples are needed')
    this.sheafUrl = sheafUrl
    this.api = new Api(sheafUrl)
    this.nextjs = first
    this.nuxt = second
    this.vanilla = third
    this.#stop = stop
  }

  get log(): string {
    return [this.nextjs, this.nuxt, this.vanilla].map(({ url, log }) => `${url}\n${log}`).join('\n')
  }

  static async start(): Promise<ExamplesStage> {
    const apps = await Promise.all([nextjs, nuxt, vanilla].map((example) => ExampleApp.on(example)))
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), 'sheaf-examples-'))
    const sheafUrl = `http://127.0.0.1:${port}`
    const server = spawn(process.execPath, sheafServe('built'), {
      env: { ...sheafEnvironment(folder, port), SHEAF_ALLOWED_ORIGINS: apps.map(({ url }) => url).join(',') },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const end = (): void => void server.kill('SIGKILL')
    process.once('exit', end)
    server.once('exit', () => process.off('exit', end))
    const stop = async (): Promise<void> => {
      await Promise.all(apps.map((app) => app.stop()))
      if (server.exitCode === null) {
        const ended = once(server, 'exit')
        server.kill('SIGTERM')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    }
    try {
      await SheafApi.ready(sheafUrl, () => server.exitCode !== null)
      await Promise.all(apps.map((app) => app.start(sheafUrl)))
    } catch (error) {
      await stop()
      throw error
    }
    return new ExamplesStage(sheafUrl, apps, stop)
  }

  async close(): Promise<void> {
    await this.#stop()
  }
}

/** The examples start once for all stories of a worker. */
export const test = base.extend<object, { examples: ExamplesStage }>({
  examples: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const stage = await ExamplesStage.start()
      await use(stage)
      await stage.close()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
})

export { expect } from '@playwright/test'
