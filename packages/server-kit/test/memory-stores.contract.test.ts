import { describe, expect, it } from 'vitest'
import { contracts, createMemoryStores, fanOutBetweenServersContract, MemoryBus } from '../src/testing/index.ts'
import { anOperation } from '../src/testing/contract.ts'

for (const [port, cases] of Object.entries(contracts))
  describe(`memory stores: ${port}`, () => {
    for (const { name, run } of cases)
      it(name, async () => {
        let current = createMemoryStores()
        const reopen = async () => {
          current = current.crash()
          return current
        }
        await run({ stores: current, reopen })
      })
  })

describe('memory stores: several servers', () => {
  for (const { name, run } of fanOutBetweenServersContract)
    it(name, async () => {
      const one = createMemoryStores({ bus: new MemoryBus() })
      await run({ one: one.fanOut, other: one.another().fanOut })
    })

  it('ST-66 a server that is cut off says so, loses what is said meanwhile, and hears when it is over', async () => {
    const one = createMemoryStores({ bus: new MemoryBus() })
    const other = one.another()
    const heard: unknown[] = []
    await other.fanOut.subscribe('d', (message) => heard.push(message))
    other.fanOut.onReconnected(() => heard.push('again'))
    one.fanOut.onReconnected(() => heard.push('not cut'))
    one.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(1) })
    other.setCut(true)
    expect([one.fanOut.reach(), other.fanOut.reach()]).toEqual(['connected', 'cut'])
    one.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(2) })
    await new Promise((resolve) => setImmediate(resolve))
    other.setCut(false)
    one.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(3) })
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual(['again', { kind: 'room', bytes: Uint8Array.of(3) }])
  })

  it('another server has the same durable data, and dies alone: its locks stay', async () => {
    const one = createMemoryStores({ bus: new MemoryBus() })
    const other = one.another()
    await one.operations.append('d', [anOperation({ seq: 1 })])
    expect(await other.operations.head('d')).toBe(1)
    await one.locks.acquire('d', 'one', 1_000, 0)
    one.crash()
    expect(await other.locks.acquire('d', 'other', 1_000, 500)).toMatchObject({ status: 'held', owner: 'one' })
    expect(await other.operations.head('d')).toBe(1)
  })
})

describe('memory stores: faults', () => {
  it('a crash keeps what was durable, and what was not never answers', async () => {
    const stores = createMemoryStores()
    await stores.operations.append('d', [anOperation({ seq: 1 })])
    let go = (): void => undefined
    stores.delayWrites(() => new Promise((resolve) => (go = resolve)))
    const late = Promise.race([stores.operations.append('d', [anOperation({ seq: 2 })]), Promise.resolve('silence')])
    const next = stores.crash()
    go()
    expect(await late).toBe('silence')
    expect(await next.operations.head('d')).toBe(1)
  })
})
