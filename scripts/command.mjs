import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** What child processes get: the programs of the workspace first, and no telemetry. */
export const environment = {
  ...process.env,
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

/** A child process that ended badly; `output` is all that it said, where it was captured. */
export class CommandError extends Error {
  constructor(command, how, output) {
    super(`${command} ${how}`)
    this.output = output
  }
}

/**
 * Runs a program and waits for its end.
 *
 * @param {string} program
 * @param {string[]} parameters
 * @param {{show?: 'always' | 'on-failure', cwd?: string, env?: Record<string, string | undefined>, signal?: AbortSignal}} options
 *   show: whether its output is passed on as it comes (default) or kept and attached to the error.
 *   env: what its environment has beside the usual; undefined takes a variable out.
 *   signal: ends it.
 * @returns {Promise<string>} what it printed, where that was kept
 * @throws {CommandError} where it could not be started or its exit code is not 0
 */
export async function run(program, parameters, { show = 'always', cwd = root, env = {}, signal } = {}) {
  const kept = []
  const command = [program, ...parameters].join(' ')
  const child = spawn(program, parameters, {
    cwd,
    env: { ...environment, ...env },
    stdio: show === 'always' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    signal,
  })
  child.stdout?.on('data', (chunk) => kept.push(chunk))
  child.stderr?.on('data', (chunk) => kept.push(chunk))
  const output = () => Buffer.concat(kept).toString('utf8')
  await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(command, `cannot be started: ${error.message}`, output())))
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new CommandError(command, signal ? `was ended by ${signal}` : `ended with code ${code}`, output()))
    })
  })
  return output()
}
