import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { onTestFinished } from 'vitest'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

export interface Run {
  readonly pid: number
  readonly out: () => string
  readonly err: () => string
  signal(signal: NodeJS.Signals): void
  /** Resolves when standard output holds this. */
  until(text: string): Promise<void>
  /** Resolves with the exit code, or the signal. */
  ended(): Promise<number | string>
}

export interface Manner {
  readonly nodeOptions?: readonly string[]
  /** As whom it runs. Default: whoever runs the test. */
  readonly uid?: number
}

export interface BuiltCommand {
  /** Starts the command; what it is given of the environment is this and nothing else. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>, how?: Manner): Run
  remove(): Promise<void>
}

/** The command as it is published, out of the sources of now: many runs of it start fast. */
export async function buildCommand(): Promise<BuiltCommand> {
  // Below the package, so that its dependencies are found, and beside nothing that is kept.
  const above = join(PACKAGE, 'node_modules', '.cache')
  await mkdir(above, { recursive: true })
  const folder = await mkdtemp(join(above, 'sheaf-command-'))
  // Whoever the command runs as has to read it.
  await chmod(folder, 0o755)
  await build({
    absWorkingDir: PACKAGE,
    entryPoints: { cli: 'src/cli.ts', 'document-thread': 'src/document/document-thread.ts' },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@sheaf/source'],
    logLevel: 'error',
    plugins: [
      {
        name: 'only-our-own',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path === '@sheaf/protocol' ? undefined : { path, external: true },
          )
        },
      },
    ],
  })
  const exports = { './document-thread': './document-thread.js', './package.json': './package.json' }
  const manifest = { name: '@sheaf/server-kit', version: '0.0.0-test', type: 'module', exports }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  return {
    run: (args, environment = {}, { nodeOptions = [], uid } = {}) =>
      start([...nodeOptions, join(folder, 'cli.js'), ...args], environment, uid),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>, uid?: number): Run {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let [out, err] = ['', '']
  let exit: number | string | null = null
  const waiting: (() => void)[] = []
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve())
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  child.on('close', (code, signal) => {
    exit = code ?? signal ?? 'unknown'
    wake()
  })
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    signal: (signal) => void child.kill(signal),
    until: async (text) => {
      while (!out.includes(text)) {
        if (exit !== null) throw new Error(`it ended (${exit}) without "${text}": ${err}`)
        await next()
      }
    },
    ended: async () => {
      for (;;) {
        if (exit !== null) return exit
        await next()
      }
    },
  }
}
