import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../src/gateway.ts'
import { isPresent } from './support/present.ts'
import { processesIn } from './support/system.ts'

describe.skipIf(!isPresent('nginx'))('the gateway', () => {
  let upstream: Server
  let gateway: Gateway | undefined
  beforeEach(async () => {
    upstream = createServer((request, response) => response.end(`upstream got ${request.url}`))
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    await gateway?.stop()
    upstream.close()
  })

  it('SV-17 serves its configuration, and stops without a trace', async () => {
    const { port } = upstream.address() as AddressInfo
    gateway = await startGateway(`
      upstream sheaf { server 127.0.0.1:${port}; }
      server { listen 127.0.0.1:PORT; location / { proxy_pass http://sheaf; } }
    `)
    const response = await fetch(`http://127.0.0.1:${gateway.port}/hello`)
    expect(await response.text()).toBe('upstream got /hello')
    const { folder } = gateway
    expect(processesIn(folder)).toContain(gateway.pid)
    await gateway.stop()
    expect(processesIn(folder)).toEqual([])
    expect(existsSync(folder)).toBe(false)
  })

  it('SV-18 says what nginx has against a configuration', async () => {
    await expect(startGateway('server { lissten 127.0.0.1:PORT; }')).rejects.toThrow(/unknown directive "lissten"/)
  })
})
