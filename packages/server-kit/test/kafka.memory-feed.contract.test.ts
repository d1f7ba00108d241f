import { describe, expect, it } from 'vitest'
import { createMemoryFeed, operationFeedContract } from '../src/testing/index.ts'
import { anOperation } from '../src/testing/contract.ts'

describe('memory feed', () => {
  for (const { name, run } of operationFeedContract) it(name, () => run({ feed: createMemoryFeed() }))

  it('gives nothing while it is down, and goes on after it', async () => {
    const feed = createMemoryFeed()
    const heard: number[] = []
    let arrived = (): void => undefined
    const stop = await feed.consume(async (_, batch) => {
      heard.push(...batch.map(({ seq }) => seq))
      arrived()
    })
    feed.failNextPublish('lose-answer')
    await expect(feed.publish('d', [anOperation({ seq: 1 })])).rejects.toThrow()
    feed.setDown(true)
    await expect(feed.publish('d', [anOperation({ seq: 2 })])).rejects.toThrow()
    await expect(feed.lag()).rejects.toThrow()
    const next = new Promise<void>((resolve) => (arrived = resolve))
    feed.setDown(false)
    await feed.publish('d', [anOperation({ seq: 3 })])
    await next
    await stop()
    expect([...new Set(heard)]).toEqual([1, 3])
    expect(await feed.lag()).toBe(0)
  })
})
