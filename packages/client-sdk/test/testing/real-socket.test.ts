import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createSheafClient } from '../../src/index.ts'
import type { SheafDocument } from '../../src/index.ts'
import { createChecker, faultyNetwork } from '../../src/testing/index.ts'
import { listen } from '../support/real-socket.ts'
import { textIn, typeIn } from './typing.ts'

const SOON = { timeout: 10_000, interval: 5 }
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

it('TK-20 a partition, a lost acknowledgement and a kill over real sockets: the checker finds everything there', async () => {
  const { url, memory, stop } = await listen()
  ends.push(stop)
  const network = faultyNetwork({ webSocket: WebSocket })
  const checker = createChecker()
  const open = (token: string, webSocket = network.webSocket): SheafDocument => {
    const client = createSheafClient({ url, token, webSocket, batching: 'immediate' })
    ends.unshift(() => client.close())
    const document = client.open('doc')
    ends.unshift(checker.watch(document, token))
    return document
  }
  const a = open('ada')
  const b = open('bo', WebSocket)
  await Promise.all([a.whenLoaded(), b.whenLoaded()])

  network.dropNext('committed')
  typeIn(a, checker.mark('ada'))
  await a.whenDurable()
  expect(network.made).toBe(2)

  network.partition()
  typeIn(a, checker.mark('ada'))
  typeIn(b, checker.mark('bo'))
  await b.whenDurable()
  expect(a.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saving' })
  expect(memory.text('doc')).not.toContain('[ada.2]')
  network.heal()
  await a.whenDurable()

  network.delay(20)
  network.duplicate()
  typeIn(a, checker.mark('ada'))
  memory.killAfter('append')
  await expect.poll(() => memory.isRunning, SOON).toBe(false)
  memory.restart()
  await a.whenDurable()
  await expect.poll(() => textIn(b).includes('[ada.3]'), SOON).toBe(true)
  await expect.poll(() => textIn(a).includes('[bo.1]'), SOON).toBe(true)

  expect(checker.counts).toEqual({ made: 4, acknowledged: 4 })
  for (const found of [a, b, memory.content('doc'), memory.text('doc')]) checker.verify(found)
  expect(() => checker.verify(memory.text('doc').replace('[ada.2]', ''))).toThrow('acknowledged and lost')
})
