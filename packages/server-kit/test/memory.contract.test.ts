import { describe, it } from 'vitest'
import { contracts } from '../src/testing/index.ts'
import { createMemoryStores } from '../src/testing/memory-stores.ts'

let stores = createMemoryStores()

const reopen = async () => (stores = stores.crash())

describe.each(Object.entries(contracts))('the memory adapter keeps the contract of %s', (_port, cases) => {
  it.each(cases.map((contract) => [contract.name, contract] as const))('%s', async (_name, contract) => {
    await contract.run({ stores, reopen })
  })
})
