import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { memoryDeviceStore } from '../../src/index.ts'
import type { DeviceStore, JournalChange } from '../../src/index.ts'
import { BrokenPromiseError, createChecker, createTestWorld, OperationLog } from '../../src/testing/index.ts'
import type { BrokenPromiseKind, LoggedOperation, TestWorld } from '../../src/testing/index.ts'
import { type } from './typing.ts'

const kindsOf = async (world: TestWorld): Promise<readonly BrokenPromiseKind[]> => {
  const verdict = await world.verify().then(
    () => null,
    (error: unknown) => error,
  )
  if (verdict === null) return []
  if (!(verdict instanceof BrokenPromiseError)) throw verdict
  return [...new Set(verdict.broken.map(({ kind }) => kind))]
}

/** Acknowledges before it appends: what it took in since the last flush is gone with the next kill. */
class LazyLog extends OperationLog {
  isLazy = false
  readonly #unwritten = new Map<string, LoggedOperation[]>()

  override append(documentId: string, operation: LoggedOperation): void {
    if (!this.isLazy) return super.append(documentId, operation)
    this.#unwritten.set(documentId, [...(this.#unwritten.get(documentId) ?? []), operation])
  }
}

class DoublingLog extends OperationLog {
  isDoubling = false

  override append(documentId: string, operation: LoggedOperation): void {
    super.append(documentId, operation)
    if (this.isDoubling) super.append(documentId, { ...operation, seq: operation.seq + 1 })
  }
}

/** Takes a lost edit for a new one, and writes its text again under another name. */
class RetypingLog extends OperationLog {
  isRetyping = false

  override append(documentId: string, operation: LoggedOperation): void {
    super.append(documentId, operation)
    if (!this.isRetyping) return
    const copy = this.content(documentId)
    const before = Y.encodeStateVector(copy)
    copy.getXmlFragment('content').insert(0, [new Y.XmlElement('paragraph')])
    super.append(documentId, {
      ...operation,
      seq: operation.seq + 1,
      replicaId: 'e'.repeat(32),
      counter: operation.seq,
      update: Y.encodeStateAsUpdateV2(copy, before),
    })
  }
}

/** Deletes what people wrote, on its own account. */
class ErasingLog extends OperationLog {
  isErasing = false

  override content(documentId: string): Y.Doc {
    const doc = super.content(documentId)
    if (this.isErasing) doc.getXmlFragment('content').delete(0, 1)
    return doc
  }
}

async function twoPeople(world: TestWorld) {
  const ada = world.person('Ada')
  const bo = world.person('Bo')
  ada.open('doc')
  bo.open('doc')
  await world.settled()
  type(ada, 'before ')
  await world.settled()
  return { ada, bo }
}

describe('a fault that is planted is found', () => {
  it('TK-2 a server that acknowledges before it appends: acknowledged and lost, seen and lost', async () => {
    const log = new LazyLog()
    const world = createTestWorld({ log })
    const { ada } = await twoPeople(world)
    expect(await kindsOf(world)).toEqual([])
    log.isLazy = true
    type(ada, 'lost')
    await world.settled()
    expect(await kindsOf(world)).toEqual([
      'acknowledged and lost',
      'seen and lost',
      'journaled and lost',
      'different views',
    ])
  })

  it('TK-3 a journal that forgets: journaled and lost', async () => {
    let isForgetting = false
    const deviceStore = (): DeviceStore => {
      const store = memoryDeviceStore()
      return { ...store, write: async (...given) => (isForgetting ? undefined : await store.write(...given)) }
    }
    const world = createTestWorld({ deviceStore })
    const { ada } = await twoPeople(world)
    const crashOffline = async (): Promise<void> => {
      world.network.partition(ada)
      type(ada, 'on the way')
      await world.advance(10)
      ada.crash()
      world.network.heal(ada)
      ada.reopen()
      await world.settled()
    }
    await crashOffline()
    expect(world.server.text('doc')).toBe('before on the way')
    expect(await kindsOf(world)).toEqual([])
    isForgetting = true
    await crashOffline()
    expect(await kindsOf(world)).toEqual(['journaled and lost'])
  })

  it('TK-3 a client that does not even ask the device to store: journaled and lost', async () => {
    let isIdle = false
    const deviceStore = (): DeviceStore => {
      const store = memoryDeviceStore()
      const only = (changes: readonly JournalChange[]) => changes.filter(({ kind }) => kind === 'principal')
      return { ...store, write: async (id, by, changes) => await store.write(id, by, isIdle ? only(changes) : changes) }
    }
    const world = createTestWorld({ deviceStore })
    const { ada } = await twoPeople(world)
    isIdle = true
    // Lost in the same moment, and so nobody's promise, not in a later crash either.
    type(ada, 'gone ')
    ada.crash()
    ada.reopen()
    await world.advance(1_500)
    ada.reopen()
    expect(await kindsOf(world)).toEqual([])
    world.network.partition(ada)
    // In no journal, and nobody has claimed that it was: but a tenth of a second is long enough.
    type(ada, 'typed and forgotten')
    await world.advance(1_500)
    ada.crash()
    world.network.heal(ada)
    ada.reopen()
    expect(await kindsOf(world)).toEqual(['journaled and lost'])
  })

  it('TK-4 a server that stores an operation twice, or again under another name: doubled, done by nobody', async () => {
    const log = new DoublingLog()
    const doubling = createTestWorld({ log })
    const { ada } = await twoPeople(doubling)
    log.isDoubling = true
    type(ada, 'twice')
    await doubling.settled()
    expect(await kindsOf(doubling)).toEqual(['doubled'])

    const retyping = new RetypingLog()
    const world = createTestWorld({ log: retyping })
    const { bo } = await twoPeople(world)
    retyping.isRetyping = true
    type(bo, 'again')
    await world.settled()
    expect(await kindsOf(world)).toContain('done by nobody')
  })

  it('TK-5 a server that deletes by itself: acknowledged and lost', async () => {
    const log = new ErasingLog()
    const world = createTestWorld({ log })
    await twoPeople(world)
    log.isErasing = true
    expect(await kindsOf(world)).toContain('acknowledged and lost')
  })

  it('TK-6 the report says what was lost, whose it was, the seed, and all that happened before', async () => {
    const log = new LazyLog()
    const world = createTestWorld({ log, seed: 77 })
    const { ada } = await twoPeople(world)
    log.isLazy = true
    type(ada, 'my words')
    await world.settled()
    const error: unknown = await world.verify().catch((error_: unknown) => error_)
    expect(String(error)).toContain(`acknowledged and lost: Ada's edit 2 ("my words")`)
    expect(String(error)).toContain('Seed 77.')
    expect(String(error)).toMatch(/0\.\d{3} s {2}operation 1 of Ada is in the log of doc as 1/)
  })
})

describe('the checker alone, as for a real server', () => {
  it('TK-7 judges an open document, a Y.Doc, an update or a text, by the marks in it', async () => {
    const world = createTestWorld()
    const { ada, bo } = await twoPeople(world)
    const checker = createChecker()
    checker.watch(ada.open('doc'), 'Ada')
    const mark = checker.mark('Ada')
    type(ada, mark)
    const halfway = Y.encodeStateAsUpdateV2(world.server.content('doc'))
    // Made, and not acknowledged: it may be missing.
    expect(checker.counts).toEqual({ made: 1, acknowledged: 0 })
    checker.verify(halfway)
    checker.verify('before')
    await world.settled()
    expect(checker.counts).toEqual({ made: 1, acknowledged: 1 })
    expect(mark).toBe('[Ada.1]')
    for (const found of [bo.open('doc'), world.server.content('doc'), world.server.text('doc')]) checker.verify(found)
    expect(() => checker.verify(halfway)).toThrow('acknowledged and lost')
    expect(() => checker.verify('before')).toThrow('acknowledged and lost')
    expect(() => checker.verify(`${mark}${mark}`)).toThrow('doubled: [Ada.1] is 2 times')
  })

  it('TK-8 a deletion that was acknowledged is a promise too, and what people deleted is not missed', async () => {
    const world = createTestWorld()
    const { ada } = await twoPeople(world)
    const before = Y.encodeStateAsUpdateV2(world.server.content('doc'))
    const checker = createChecker({ isEverybodyWatched: false })
    checker.watch(ada.open('doc'), 'Ada')
    const { ydoc } = ada.open('doc')
    ydoc.getXmlFragment('content').delete(0, 1)
    await world.settled()
    checker.verify(world.server.content('doc'))
    expect(() => checker.verify(before)).toThrow('are there again')
    await world.verify()
  })
})
