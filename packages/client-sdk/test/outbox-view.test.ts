import { describe, expect, it, vi } from 'vitest'
import { describeOutboxStep, memoryDeviceStore, outboxOf } from '../src/index.ts'
import type { OutboxEntry, OutboxView } from '../src/index.ts'
import { newDevice, updateOf, world, write } from './support/world.ts'

const steps = (outbox: OutboxView): string[] =>
  outbox.getSnapshot().map(({ counter, step, edits }) => `${counter} ${step} ${edits}`)

describe('what is on its way', () => {
  it('OB-17 each operation is seen at each step, from the first key to the place it got in the document', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada', undefined, { batching: {} })
    await advance(0)
    const outbox = outboxOf(document)
    const seen: string[] = []
    outbox.subscribe(() => seen.push(...outbox.getSnapshot().map(({ counter, step }) => `${counter} ${step}`)))
    server.holdCommits = true
    write(document, 'hello')
    await advance(0)
    expect(outbox.getSnapshot()).toMatchObject([{ counter: null, step: 'gathering', edits: 1, seq: null }])
    await advance(200)
    expect(outbox.getSnapshot()).toMatchObject([{ counter: 1, step: 'received', edits: 1, seq: null }])
    server.release()
    await advance(0)
    expect(outbox.getSnapshot()).toMatchObject([{ counter: 1, step: 'durable', edits: 1, seq: 1 }])
    expect(outbox.getSnapshot().map(({ step }) => describeOutboxStep(step))).toEqual(['Durable'])
    expect([...new Set(seen)]).toEqual(['null gathering', '1 gathering', '1 sent', '1 received', '1 durable'])
  })

  it('OB-17 what is gathered behind what is on its way is an entry of its own, with its size', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada', undefined, { batching: {} })
    await advance(0)
    server.holdCommits = true
    write(document, 'a')
    await advance(300)
    write(document, 'b')
    write(document, 'c')
    const outbox = outboxOf(document)
    expect(steps(outbox)).toEqual(['1 received 1', 'null gathering 2'])
    for (const { bytes } of outbox.getSnapshot()) expect(bytes).toBeGreaterThan(10)
  })

  it('OB-17 an operation that an earlier visit left is on its way too', async () => {
    const all = world()
    const device = newDevice()
    const first = all.tab('ada', device)
    await all.advance(0)
    first.network.partition()
    write(first.document, 'left')
    await all.advance(0)
    first.kill()
    const { document, network } = all.tab('ada', device)
    network.partition()
    await all.advance(0)
    const outbox = outboxOf(document)
    outbox.subscribe(() => undefined)
    expect(steps(outbox)).toEqual(['1 on-device 1'])
    network.heal()
    await all.advance(60_000)
    expect(outbox.getSnapshot()).toMatchObject([{ counter: 1, step: 'durable', seq: 1 }])
  })

  it('OB-18 after a lost connection it is on this device again, and sent again', async () => {
    const { server, advance, tab } = world()
    const { document, network } = tab('ada')
    await advance(0)
    server.holdCommits = true
    write(document, 'a')
    await advance(0)
    const outbox = outboxOf(document)
    expect(steps(outbox)).toEqual(['1 received 1'])
    network.partition()
    network.cut()
    await advance(40_000)
    expect(steps(outbox)).toEqual(['1 on-device 1'])
    // Nothing that this server says reaches anybody: the operation was sent, and no more is known.
    network.drop = (direction) => direction === 'down' && server.heardOf('operation').length > 1
    server.forgetHeld()
    network.heal()
    await advance(30_000)
    expect(new Set(steps(outbox))).not.toContain('1 received 1')
    network.drop = () => false
    server.holdCommits = false
    await advance(60_000)
    expect(steps(outbox)).toEqual([])
  })

  it('OB-18 what the device does not keep is in this page', async () => {
    const all = world()
    const full = (): Promise<never> => Promise.reject(new Error('quota'))
    const device = newDevice({ ...memoryDeviceStore(), write: full })
    const { document, runtime } = all.tab('ada', device, { batching: {} })
    await all.advance(0)
    runtime.page.signal('offline')
    write(document, 'a')
    await all.advance(1_000)
    const outbox = outboxOf(document)
    expect(steps(outbox)).toEqual(['1 gathering 1'])
    expect(describeOutboxStep('gathering')).toBe('In this page')
  })

  it('OB-18 the refused one says so, and what is behind it waits on this device', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada')
    await advance(0)
    server.rejectWith = 'structure'
    write(document, 'a')
    await advance(0)
    write(document, 'b')
    await advance(0)
    const outbox = outboxOf(document)
    await document.flush()
    expect(steps(outbox)).toEqual(['1 refused 1', '2 on-device 1'])
  })

  it('OB-19 the last twenty that became durable stay, with their places', async () => {
    const { advance, tab } = world()
    const { document } = tab('ada')
    await advance(0)
    const outbox = outboxOf(document)
    const end = outbox.subscribe(() => undefined)
    for (let edits = 0; edits < 25; edits++) {
      write(document, 'x')
      await advance(0)
    }
    expect(outbox.getSnapshot().map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6))
    end()
    write(document, 'unseen')
    await advance(0)
    expect(outbox.getSnapshot().at(-1)?.seq).toBe(25)
  })

  it('OB-19 of one that was committed while the acknowledgement was lost, the place is not known', async () => {
    const { advance, tab } = world()
    const { document, network } = tab('ada')
    await advance(0)
    const outbox = outboxOf(document)
    outbox.subscribe(() => undefined)
    network.drop = (direction) => direction === 'down'
    write(document, 'x')
    await advance(0)
    expect(steps(outbox)).toEqual(['1 sent 1'])
    network.drop = () => false
    network.cut()
    await advance(1_000)
    expect(outbox.getSnapshot()).toMatchObject([{ counter: 1, step: 'durable', seq: null }])
  })

  it('OB-20 is the same object until something changes, and told once for all changes together', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada')
    await advance(0)
    server.holdCommits = true
    const outbox = outboxOf(document)
    expect(outbox.getSnapshot()).toBe(outbox.getSnapshot())
    const listener = vi.fn()
    outbox.subscribe(listener)
    write(document, 'a')
    await advance(100)
    const before = outbox.getSnapshot()
    expect(outbox.getSnapshot()).toBe(before)
    write(document, 'b')
    const after = outbox.getSnapshot()
    expect(after).not.toBe(before)
    expect(after[0]).toBe(before[0])
    await advance(0)
    listener.mockClear()
    server.write(updateOf(server.content(), 'theirs'))
    await advance(0)
    expect(listener).not.toHaveBeenCalled()
    const told: (readonly OutboxEntry[])[] = []
    outbox.subscribe(() => told.push(outbox.getSnapshot()))
    write(document, 'c')
    write(document, 'd')
    await advance(0)
    expect(told[0]?.at(-1)?.edits).toBe(2)
    expect(new Set(told).size).toBe(told.length)
  })

  it('OB-20 costs nothing where nobody subscribes, and little where somebody does: 2,000 edits in one turn', async () => {
    const { advance, tab } = world()
    const cost = async (isWatched: boolean): Promise<number> => {
      const { document } = tab('ada')
      await advance(0)
      const outbox = outboxOf(document)
      const seen: (readonly OutboxEntry[])[] = []
      if (isWatched) outbox.subscribe(() => seen.push(outbox.getSnapshot()))
      const begun = performance.now()
      for (let edits = 0; edits < 2_000; edits++) write(document, 'x')
      await advance(0)
      expect(seen.length > 0).toBe(isWatched)
      expect(seen.length).toBeLessThan(100)
      return performance.now() - begun
    }
    await cost(false)
    const alone = await cost(false)
    expect(await cost(true)).toBeLessThan(3 * alone + 1_000)
  })
})
