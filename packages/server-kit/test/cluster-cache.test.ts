import { describe, expect, it } from 'vitest'
import { SheafServerError } from '../src/errors.ts'
import { Cluster } from './support/cluster.ts'
import { DOC, docOf } from './support/world.ts'
import type { World } from './support/world.ts'

const principal = { id: 'ada', name: 'Ada' }

/** Counts the reads of snapshots that were not served out of the cache. */
function countStored(server: World): () => number {
  let reads = 0
  const { versions } = server.stores
  const getSnapshot = versions.getSnapshot.bind(versions)
  versions.getSnapshot = (...args) => (reads++, getSnapshot(...args))
  return () => reads
}

function breakCache(server: World): void {
  const fail = async (): Promise<never> => {
    throw new SheafServerError('unavailable')
  }
  Object.assign(server.stores.cache, { get: fail, put: fail, getVersion: fail, putVersion: fail })
}

async function open() {
  const cluster = await Cluster.of(1, { content: docOf('some', 'text') })
  const server = cluster.server(0)
  const ada = await server.join('ada')
  ada.write('more')
  await cluster.pass(server.limits.snapshotQuietMs + 1_000)
  ada.write('after the snapshot')
  await cluster.pass()
  const reset = () => server.stores.fanOut.announce({ kind: 'document-reset', documentId: DOC })
  return { cluster, server, ada, reset }
}

describe('the snapshot cache of several servers', () => {
  it('CL-50 a document opens with the cached snapshot and the operations after it', async () => {
    const { server, ada, reset } = await open()
    const stored = countStored(server)
    await reset()
    expect((await server.join('bob')).text).toBe(ada.text)
    expect(stored()).toBe(0)
  })

  it('CL-50 one that is not cached is, once it was opened', async () => {
    const { server, ada, reset } = await open()
    await server.stores.cache.forget(DOC)
    const stored = countStored(server)
    for (let i = 0; i < 3; i++) {
      await reset()
      expect((await server.join('bob')).text).toBe(ada.text)
    }
    expect(stored()).toBe(1)
  })

  it('CL-51 a cache that rejects keeps neither a document nor a version from opening', async () => {
    const { server, ada, reset } = await open()
    const version = await server.rooms.versions.create(DOC, 'kept', principal)
    breakCache(server)
    await reset()
    expect((await server.join('bob')).text).toBe(ada.text)
    expect(await server.rooms.versions.open(DOC, version.id, 'html')).toMatchObject({ format: 'html' })
  })

  it('CL-52 a version is read from the store once, and from the cache then; one that is another or damaged is read anew', async () => {
    const { server } = await open()
    const version = await server.rooms.versions.create(DOC, 'kept', principal)
    const { items } = await server.rooms.versions.list(DOC, { limit: 10 })
    const other = items.at(-1)
    if (other === undefined) throw new Error('no other version')
    const stored = countStored(server)
    const first = await server.rooms.versions.open(DOC, version.id, 'html')
    expect(await server.rooms.versions.open(DOC, version.id, 'html')).toEqual(first)
    expect(stored()).toBe(1)
    const wrong = await server.stores.versions.getSnapshot(DOC, other.id)
    for (const bytes of [wrong ?? new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
      await server.stores.cache.putVersion(DOC, version.id, bytes)
      expect(await server.rooms.versions.open(DOC, version.id, 'html')).toEqual(first)
    }
  })
})
