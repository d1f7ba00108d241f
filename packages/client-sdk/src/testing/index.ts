/** Test doubles for applications that test their own code against the client, and contracts for what they plug into it. */
export { fakeClock, type FakeClock } from './fake-clock.ts'
export { fakeNetwork, type FakeNetwork, type ServerSocket } from './network.ts'
export { fakePage, seededRandom, testRuntime, type FakePage, type TestRuntime } from './runtime.ts'
export { deviceStoreContract, type ContractTools } from './device-store-contract.ts'
