import { describe, expect, it } from 'vitest'
import { contracts, createMemoryStores } from '../src/testing/index.ts'
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
