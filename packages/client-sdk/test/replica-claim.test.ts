import { describe, expect, it } from 'vitest'
import { memoryDeviceStore } from '../src/device/memory.ts'
import { adoptReplica, claimReplica, giveBack, lockReplica } from '../src/device/replica-claim.ts'
import type { ReplicaClaims } from '../src/device/replica-claim.ts'
import { processLocks } from '../src/runtime.ts'
import { seededRandom } from '../src/testing/runtime.ts'

/** Two tabs of one device. */
function twoTabs(): { readonly here: ReplicaClaims; readonly there: ReplicaClaims } {
  const shared = { store: memoryDeviceStore(), locks: processLocks(), random: seededRandom(1), scope: 'test' }
  const tab = (): ReplicaClaims => ({ ...shared, told: new Set(), stranded: new Map() })
  return { here: tab(), there: tab() }
}

describe('a replica that a closed document gives back', () => {
  it('JO-40 is kept locked for the next open in this page where its edits are nowhere else', async () => {
    const { here, there } = twoTabs()
    const claim = await claimReplica(here, 'doc')
    giveBack(here, 'doc', { ...claim, isStranded: true })
    expect(await lockReplica(there, 'doc', claim.replicaId)).toBeNull()
    expect(await adoptReplica(there, 'doc')).toBeNull()
    const next = await claimReplica(here, 'doc')
    expect(next.replicaId).toBe(claim.replicaId)
    expect(here.stranded.get('doc')).toEqual([])
  })

  it('JO-40 is free for any tab where its edits are on the device, and not kept in this page', async () => {
    const { here, there } = twoTabs()
    const claim = await claimReplica(here, 'doc')
    giveBack(here, 'doc', claim)
    expect(await lockReplica(there, 'doc', claim.replicaId)).not.toBeNull()
    expect(await adoptReplica(here, 'doc')).toBeNull()
    expect((await claimReplica(here, 'doc')).replicaId).not.toBe(claim.replicaId)
  })
})

describe('the journals of tabs that are gone', () => {
  const left = ['by ada', 'by nobody yet', 'by grace'] as const

  /** A device with a journal of each, on which this user was welcomed last. */
  async function deviceOf(user: string | null): Promise<ReplicaClaims> {
    const { here } = twoTabs()
    for (const [index, replicaId] of left.entries()) {
      const principalId = ['ada', null, 'grace'][index] ?? null
      await here.store.write('doc', replicaId, [
        ...(principalId === null ? [] : [{ kind: 'principal', principalId } as const]),
        { kind: 'update', key: 1, update: new Uint8Array([1]) },
      ])
    }
    if (user !== null) await here.store.rememberPrincipal(user)
    return here
  }

  async function adopted(claims: ReplicaClaims): Promise<readonly string[]> {
    const ids = new Set<string>()
    for (
      let next = await adoptReplica(claims, 'doc', ids);
      next !== null;
      next = await adoptReplica(claims, 'doc', ids)
    )
      ids.add(next.replicaId)
    return [...ids].sort()
  }

  it('JO-22 are taken up where they are one’s own or nobody’s yet, and never where they are somebody else’s', async () => {
    expect(await adopted(await deviceOf('ada'))).toEqual(['by ada', 'by nobody yet'])
    expect(await adopted(await deviceOf('grace'))).toEqual(['by grace', 'by nobody yet'])
    expect(await adopted(await deviceOf('linus'))).toEqual(['by nobody yet'])
    expect(await adopted(await deviceOf(null))).toEqual(['by nobody yet'])
  })

  it('JO-22 a new replica is taken where only somebody else has left something', async () => {
    const claims = await deviceOf('linus')
    await claims.store.forget('doc', 'by nobody yet')
    const { replicaId, journal } = await claimReplica(claims, 'doc')
    expect([(left as readonly string[]).includes(replicaId), journal]).toEqual([false, null])
  })
})
