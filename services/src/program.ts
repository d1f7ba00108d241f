import { execFile } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { ServiceError } from './service-error.ts'

/** Where Debian puts servers that are not in everybody's PATH. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/** @returns the path of a program of the system; null where there is none */
export function findProgram(name: string, moreFolders: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders, ...moreFolders]
  return folders.map((folder) => join(folder, name)).find((path) => path.startsWith('/') && isProgram(path)) ?? null
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The entries of a folder, the newest version first; none where there is no such folder. */
export function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  } catch {
    return []
  }
}

/** What `output` gives of a program that ran. */
export interface Printed {
  readonly stdout: string
  readonly stderr: string
}

const executed = promisify(execFile)

/**
 * Runs a program to its end.
 *
 * @throws {ServiceError} with the last lines that it printed, where it does not end well
 */
export async function output(
  program: string,
  parameters: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Promise<Printed> {
  try {
    return await executed(program, parameters, { maxBuffer: 64 * 1024 * 1024, ...options })
  } catch (error) {
    throw new ServiceError(`${program} failed: ${reasonOf(error)}`, { cause: error })
  }
}

/** The last lines that it printed; some programs print their errors to the standard output. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { stderr = '', stdout = '' } = error as Error & Partial<Printed>
  const printed = [stderr, stdout].map((text) => stripVTControlCharacters(text).trim()).find((text) => text !== '')
  return (printed ?? error.message).split('\n').slice(-5).join('\n')
}
