import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** The pids of the processes whose working folder is in this one. Read from Linux, and none elsewhere. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && workingFolder(pid).startsWith(folder))
}

/** The addresses at which somebody listens on this port. */
export function listeners(port: number): string[] {
  const addresses = new Set<string>()
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(join('/proc/net', table), 'utf8').split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/)
      const [address, hexPort] = local?.split(':') ?? []
      if (state === '0A' && Number.parseInt(hexPort ?? '', 16) === port) addresses.add(readable(address ?? ''))
    }
  }
  return [...addresses]
}

/** IPv4, which Linux writes with its bytes turned round, also where it stands in an IPv6 address. */
function readable(hex: string): string {
  const mapped = hex.startsWith('0000000000000000FFFF0000') ? hex.slice(24) : hex
  if (mapped.length !== 8) return hex
  return [6, 4, 2, 0].map((at) => Number.parseInt(mapped.slice(at, at + 2), 16)).join('.')
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // It ended, or it is a process without one: in no folder.
    return ''
  }
}
