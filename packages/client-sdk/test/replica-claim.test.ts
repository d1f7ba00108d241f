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
