import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { releasePort, reservePort } from '../src/port.ts'
import { type Services, startServices } from '../src/services.ts'
import { isPresent } from './support/present.ts'

describe('ports', () => {
  it('SV-9 are never given twice, and lie below those of outgoing connections', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => reservePort()))
    expect(new Set(ports).size).toBe(50)
    expect(Math.max(...ports)).toBeLessThan(32_768)
    for (const port of ports) releasePort(port)
  })
})

describe.skipIf(!isPresent('redis'))('a server whose port is taken while it is down', () => {
  let services: Services | undefined
  let other: Server | undefined
  afterEach(async () => {
    other?.close()
    await services?.stop()
  })

  it('SV-8 fails to start and says what it printed', async () => {
    services = await startServices(['redis'])
    const redis = services.get('redis')
    await redis.stop()
    const port = Number(new URL(redis.settings['SHEAF_REDIS_URL']!).port)
    other = await impostor(port)
    await expect(redis.start()).rejects.toThrow(/redis ended before it answered:[^]*Address already in use/)
  })
})

/** Somebody else's Redis: it answers what a client asks first. */
async function impostor(port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('+OK\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
