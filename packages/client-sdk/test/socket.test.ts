import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createSheafClient } from '../src/index.ts'
import { listen } from './support/real-socket.ts'
import { text, write } from './support/world.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

describe('over a real socket', () => {
  it('CO-1 works in Node with the WebSocket of ws, packed states included', async () => {
    const { url, stop } = await listen()
    ends.push(stop)
    const open = (token: string) => {
      const client = createSheafClient({ url, token, webSocket: WebSocket, batching: 'immediate' })
      ends.unshift(() => client.close())
      return client.open('doc')
    }
    const ada = open('ada')
    await ada.whenLoaded()
    write(ada, 'hello')
    await ada.whenDurable()
    const grace = open('grace')
    await grace.whenLoaded()
    expect(text(grace)).toBe('hello')
    const heard = new Promise<void>((resolve) => ada.ydoc.once('updateV2', () => resolve()))
    write(grace, 'well, ')
    await heard
    expect(text(ada)).toBe('well, hello')
  })
})
