import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { processEntry } from './process-table.ts'
import { ServiceError } from './service-error.ts'

// Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): a server that
// is down for a moment must not find its port taken by a client, which could even be connected to itself.
const lowest = 20_000
const highest = 32_000
const attempts = 200

/** One file for each port in use, holding the pid of who reserved it. */
const folder = join(tmpdir(), `sheaf-ports-${userInfo().username}`)

/**
 * A port of 127.0.0.1 that nobody uses, and that no other process that asks here gets while this process lives.
 *
 * @throws {ServiceError} where none is found
 */
export async function reservePort(): Promise<number> {
  mkdirSync(folder, { recursive: true })
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (!reserve(port)) continue
    if (await isFree(port)) return port
    releasePort(port)
  }
  throw new ServiceError(`no free port was found between ${lowest} and ${highest}`)
}

/** Others may have the port again. */
export function releasePort(port: number): void {
  rmSync(join(folder, String(port)), { force: true })
}

function reserve(port: number): boolean {
  const file = join(folder, String(port))
  const holder = holderOf(file)
  if (holder !== null && processEntry(holder) !== null) return false
  if (holder !== null) rmSync(file, { force: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** @returns whether a server could listen there now */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
