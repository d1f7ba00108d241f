import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { claim, release } from './claim.ts'
import { ServiceError } from './service-error.ts'

// Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): a server that
// is down for a moment must not find its port taken by a client, which could even be connected to itself.
const lowest = 20_000
const highest = 32_000
const attempts = 200

/** One file for each port in use, holding the pid of who reserved it. */
const folder = join(tmpdir(), `sheaf-ports-${userInfo().username}`)

const fileOf = (port: number) => join(folder, String(port))

/**
 * A port of 127.0.0.1 that nobody uses, and that no other process that asks here gets while this process lives.
 *
 * @throws {ServiceError} where none is found
 */
export async function reservePort(): Promise<number> {
  mkdirSync(folder, { recursive: true })
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (!claim(fileOf(port))) continue
    if (await isFree(port)) return port
    releasePort(port)
  }
  throw new ServiceError(`no free port was found between ${lowest} and ${highest}`)
}

/** Others may have the port again. */
export function releasePort(port: number): void {
  release(fileOf(port))
}

/** @returns whether a server could listen there now */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
