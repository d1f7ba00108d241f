import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openEmbeddedStores } from '../src/adapters/embedded/index.ts'
import type { EmbeddedStores } from '../src/adapters/embedded/index.ts'
import { contracts } from '../src/testing/index.ts'

let folder: string
let stores: EmbeddedStores

const openStores = (): Promise<EmbeddedStores> =>
  openEmbeddedStores({
    folder,
    now: Date.now,
    onListenerError: (error) => {
      throw error
    },
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sheaf-contract-'))
  stores = await openStores()
})

afterAll(async () => {
  await stores.close()
  await rm(folder, { recursive: true })
})

const reopen = async (): Promise<EmbeddedStores> => {
  await stores.close()
  stores = await openStores()
  return stores
}

describe.each(Object.entries(contracts))('the embedded adapter keeps the contract of %s', (_port, cases) => {
  it.each(cases.map((contract) => [contract.name, contract] as const))('%s', async (_name, contract) => {
    await contract.run({ stores, reopen })
  })
})
