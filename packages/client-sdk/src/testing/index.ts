/** A failure kit: test doubles for applications that test their own code against the client, and contracts for what they plug into it. */
// A whole world in memory
export { createTestWorld, type TestWorld, type TestWorldOptions } from './test-world.ts'
export type { TestDevice, TestPerson } from './test-person.ts'
export type { WorldNetwork } from './world-network.ts'
export { MemoryServer, type MemoryServerOptions } from './memory-server.ts'
export type { AppendFailure, ServerStep } from './server-writer.ts'
export type { Somebody } from './server-people.ts'
export { OperationLog, type LoggedOperation, type LoggedSnapshot } from './operation-log.ts'

// Faults between a client and any server, and what was promised in spite of them
export {
  faultyNetwork,
  type Direction,
  type FaultyNetwork,
  type FaultyNetworkOptions,
  type FrameKind,
  type NetworkFaults,
} from './faulty-network.ts'
export { createChecker, type Checker, type CheckerOptions, type Found } from './checker.ts'
export { BrokenPromiseError, type BrokenPromise, type BrokenPromiseKind } from './broken-promise.ts'
export type { Change } from './change.ts'
export type { WatchedEdit } from './watched-edits.ts'

// Documents and clients without a server, for component tests
export {
  fakeDocument,
  type FakeDocument,
  type FakeDocumentControls,
  type FakeDocumentOptions,
} from './fake-document.ts'
export type { FakeOperation } from './fake-outbox.ts'
export {
  fakeClient,
  type FakeClient,
  type FakeClientCall,
  type FakeClientControls,
  type FakeClientOptions,
} from './fake-client.ts'

// The parts, one by one
export { fakeClock, realClock, type FakeClock } from './fake-clock.ts'
export type { ServerSocket } from './memory-transport.ts'
export { fakePage, seededRandom, testRuntime, type FakePage, type TestRuntime } from './runtime.ts'

// Contracts
export { deviceStoreContract, type ContractTools } from './device-store-contract.ts'
