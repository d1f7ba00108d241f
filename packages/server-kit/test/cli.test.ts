import { once } from 'node:events'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { aFolder } from './support/folder.ts'
import { buildCommand } from './support/sheaf-command.ts'
import type { BuiltCommand, Run } from './support/sheaf-command.ts'

// Each test starts processes; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => resolve(true))
    probe.on('connect', () => probe.destroy()).on('error', () => resolve(false))
  })

let sheaf: BuiltCommand
beforeAll(async () => {
  sheaf = await buildCommand()
})
afterAll(() => sheaf.remove())

const sheafCommand = (args: readonly string[], environment: Record<string, string> = {}, uid?: number): Run =>
  sheaf.run(args, environment, uid === undefined ? {} : { uid })

const serve = async (environment: Record<string, string> = {}, args: readonly string[] = []): Promise<Run> =>
  sheafCommand(['serve', ...args], { SHEAF_PORT: '0', SHEAF_DATA_DIR: await aFolder(), ...environment })

/** A refused start: one line on standard error, nothing on standard output, exit code 1. */
async function refusal(run: Run): Promise<string> {
  expect(await run.ended()).toBe(1)
  expect(run.out()).toBe('')
  const lines = run.err().trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^sheaf: /)
  return lines[0]!
}

describe('sheaf serve', () => {
  it('CF-31 prints one line with its address, serves, and ends with 0 when it is told to', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const run = await serve()
      await run.until('\n')
      const [, url] = /^Sheaf serves at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(run.out()) ?? []
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
      run.signal(signal)
      expect(await run.ended()).toBe(0)
      expect(run.out().trimEnd().split('\n')).toHaveLength(1)
    }
  })

  it('CF-32 options of the command line come before the environment', async () => {
    const folder = await aFolder()
    const run = await serve({ SHEAF_PORT: '1', SHEAF_DATA_DIR: '/nowhere' }, ['--port', '0', '--data-dir', folder])
    await run.until('Sheaf serves')
    expect(await readFile(join(folder, 'sheaf.json'), 'utf8')).toContain('format')
  })

  it('CF-33 a wrong setting, an unknown one, a store that is not there: one line each, exit code not 0', async () => {
    const lines = await Promise.all(
      [
        { SHEAF_PORT: 'eighty' },
        { SHEAF_PROT: '80' },
        { SHEAF_POSTGRES_URL: 'postgres://127.0.0.1:1/sheaf' },
        { NODE_ENV: 'production' },
      ].map(async (environment) => refusal(await serve(environment as Record<string, string>))),
    )
    expect(lines[0]).toContain('SHEAF_PORT must be a whole number')
    expect(lines[1]).toContain('did you mean SHEAF_PORT?')
    expect(lines[2]).toContain('SHEAF_POSTGRES_URL: ')
    expect(lines[3]).toContain('SHEAF_JWT_SECRET is required')
  })

  it('CF-34 a folder of a running server, and a port in use: one line that says what to do', async () => {
    const folder = await aFolder()
    const first = await serve({ SHEAF_DATA_DIR: folder })
    await first.until('\n')
    const port = /:(\d+)\n/.exec(first.out())?.[1] ?? ''
    expect(await refusal(await serve({ SHEAF_DATA_DIR: folder }))).toContain(`process ${first.pid}`)
    const inUse = await refusal(await serve({ SHEAF_PORT: port, SHEAF_LOG_LEVEL: 'error' }))
    expect(inUse).toContain(`port ${port}`)
    expect(inUse).toContain('SHEAF_PORT')
  })

  it('CF-35 a folder that this user may not write to: one line', async () => {
    const folder = await aFolder()
    await chmod(folder, 0o755)
    const locked = join(folder, 'locked')
    await mkdir(locked, { mode: 0o555 })
    // Root may write everywhere, so it starts the server as nobody.
    const user = process.getuid?.() === 0 ? 65_534 : undefined
    const run = sheafCommand(['serve'], { SHEAF_PORT: '0', SHEAF_DATA_DIR: locked }, user)
    expect(await refusal(run)).toMatch(/may not write there/)
  })

  it('CF-36 after kill -9 the same folder is served again at once', async () => {
    const folder = await aFolder()
    const first = await serve({ SHEAF_DATA_DIR: folder })
    await first.until('\n')
    first.signal('SIGKILL')
    expect(await first.ended()).toBe('SIGKILL')
    const second = await serve({ SHEAF_DATA_DIR: folder })
    await second.until('Sheaf serves')
  })

  it('CF-37 a second signal ends it at once', async () => {
    const run = await serve()
    await run.until('\n')
    const port = Number(/:(\d+)\n/.exec(run.out())?.[1])
    // Half a request, which the first signal lets end in its own time. The server says that it has read that half.
    const request = connect(port, '127.0.0.1').on('error', () => undefined)
    const head = ['POST /v1/auth/login HTTP/1.1', 'host: a', 'content-length: 9', 'expect: 100-continue', '', '']
    request.write(head.join('\r\n'))
    await once(request, 'data')
    run.signal('SIGTERM')
    while (await takesConnections(port));
    run.signal('SIGINT')
    expect(await run.ended()).toBe(130)
  })

  it('SC-2 the log says method and path of a request, never a query, a token or a password', async () => {
    const run = await serve({ SHEAF_LOG_LEVEL: 'debug' })
    await run.until('\n')
    const url = run.out().trim().split(' ').at(-1) ?? ''
    await fetch(`${url}/v1/documents?token=token-in-the-url`, {
      headers: { authorization: 'Bearer token-in-the-header' },
    })
    await fetch(`${url}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.com', password: 'password-in-the-body' }),
    })
    run.signal('SIGTERM')
    await run.ended()
    expect(run.err()).toContain('/v1/documents')
    for (const secret of ['token-in-the-url', 'token-in-the-header', 'password-in-the-body'])
      expect(run.err()).not.toContain(secret)
  })
})

describe('the other commands', () => {
  it('CF-38 help lists what there is, and an unknown command is refused', async () => {
    const help = sheafCommand(['--help'])
    expect(await help.ended()).toBe(0)
    for (const name of ['serve', 'worker', 'migrate', 'doctor', 'compact', 'export', 'import', 'disable', 'enable'])
      expect(help.out()).toContain(name)
    expect(await sheafCommand(['dance']).ended()).not.toBe(0)
  })

  it('CF-39 migrate and doctor answer in words and with an exit code', async () => {
    const folder = await aFolder()
    const doctor = sheafCommand(['doctor', '--data-dir', folder])
    expect(await doctor.ended()).toBe(0)
    expect(doctor.out()).toContain('The settings are right.')
    const migrate = sheafCommand(['migrate', '--data-dir', folder])
    expect(await migrate.ended()).toBe(0)
    expect(await sheafCommand(['doctor'], { SHEAF_PORT: 'x' }).ended()).toBe(1)
  })
})
