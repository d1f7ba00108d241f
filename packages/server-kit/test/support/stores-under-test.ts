import type { Ports, Stores } from '../../src/ports.ts'
import { createMemoryStores } from '../../src/testing/memory-stores.ts'

/** Stores in memory with some ports of an adapter in place of their own, for contract cases that ask for whole stores. */
export const storesWith = (ports: Partial<Ports>): Stores => ({ ...createMemoryStores(), ...ports })
