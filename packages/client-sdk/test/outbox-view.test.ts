import { describe, expect, it } from 'vitest'
import { describeOutboxStep, outboxOf } from '../src/index.ts'
import { world, write } from './support/world.ts'

describe('what is on its way', () => {
  it('OB-17 each operation is seen at each step, from the first key to the place it got in the document', async () => {
    const { server, advance, tab } = world()
    const { document } = tab('ada', undefined, { batching: {} })
    await advance(0)
    const outbox = outboxOf(document)
    const steps: string[] = []
    outbox.subscribe(() => steps.push(...outbox.getSnapshot().map(({ counter, step }) => `${counter} ${step}`)))
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
    expect([...new Set(steps)]).toEqual(['null gathering', '1 gathering', '1 sent', '1 received', '1 durable'])
  })
})
