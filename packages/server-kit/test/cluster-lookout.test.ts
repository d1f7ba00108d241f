import { PROTOCOL_VERSION } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import { Cluster } from './support/cluster.ts'
import { DOC, docOf } from './support/world.ts'
import type { Replica, World } from './support/world.ts'

async function two() {
  const cluster = await Cluster.of(2, { content: docOf('x') })
  const ada = await cluster.server(0).join('ada')
  const bob = await cluster.server(1).join('bob')
  return { cluster, server: cluster.server(1), ada, bob }
}

/** Passes time until the replica was closed; clients ping. */
async function untilClosed(cluster: Cluster, replica: Replica, mostMs: number): Promise<number> {
  const start = cluster.clock.now()
  while (replica.wire.closedWith === null && cluster.clock.now() - start < mostMs) {
    replica.wire.say({ kind: 'ping' })
    await cluster.pass(100)
  }
  return cluster.clock.now() - start
}

const withdraw = (server: World): void => void server.roles.delete(`${DOC}/bob`)

describe('what other servers would have said about rights', () => {
  it('CL-30 a permission change arrives at once where servers hear each other', async () => {
    const { cluster, ada, bob, server } = await two()
    server.roles.set(`${DOC}/bob`, 'viewer')
    await ada.world.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: 'viewer' })
    await cluster.pass()
    expect(bob.wire.of('access')).toEqual([{ kind: 'access', role: 'viewer' }])
  })

  it('CL-31 SC-8 while they do not, log-out, disabling, and a role that changed or was withdrawn arrive within 5 s', async () => {
    const { cluster, bob, server } = await two()
    cluster.bus.setCut(true)
    server.roles.set(`${DOC}/bob`, 'viewer')
    const changedAt = cluster.clock.now()
    while (bob.wire.of('access').length === 0 && cluster.clock.now() - changedAt < 20_000) await cluster.pass(100)
    expect(cluster.clock.now() - changedAt).toBeLessThanOrEqual(5_000)
    bob.write('no more')
    await cluster.pass()
    expect(bob.rejected).toMatchObject([{ code: 'not-allowed' }])
    withdraw(server)
    expect(await untilClosed(cluster, bob, 20_000)).toBeLessThanOrEqual(5_000)
    expect(bob.wire.closedWith?.code).toBe(4403)

    server.admit()
    const logged = await server.join('bob')
    logged.wire.cut()
    const again = server.connect()
    again.say({
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token: 'token:bob:family',
      replicaId: 'f'.repeat(32),
      lastSeq: 0,
      stateVector: new Uint8Array(),
      schemaId: '',
    })
    await cluster.pass()
    expect(again.of('welcome')).toHaveLength(1)
    server.ended.add('bob:family')
    const endedAt = cluster.clock.now()
    while (again.closedWith === null && cluster.clock.now() - endedAt < 20_000) await cluster.pass(100)
    expect(cluster.clock.now() - endedAt).toBeLessThanOrEqual(5_000)
    expect(again.closedWith?.code).toBe(4401)
  })

  it('CL-31 what was said before the cut was noticed is looked up as soon as it is', async () => {
    const cluster = await Cluster.of(2, { content: docOf('x'), limits: { accessCheckCutMs: 60_000 } })
    const server = cluster.server(1)
    const bob = await server.join('bob')
    withdraw(server)
    cluster.bus.setCut(true)
    await cluster.pass(server.limits.sweepMs)
    expect(bob.wire.closedWith?.code).toBe(4403)
  })

  it('CL-31 a document that was deleted meanwhile closes its sessions', async () => {
    const { cluster, bob, server } = await two()
    cluster.bus.setCut(true)
    await server.stores.documents.update(DOC, { deletedAt: cluster.clock.now() })
    expect(await untilClosed(cluster, bob, 20_000)).toBeLessThanOrEqual(5_000)
    expect(bob.wire.of('documentDeleted')).toHaveLength(1)
    expect(bob.wire.closedWith?.code).toBe(4404)
  })

  it('CL-32 once they hear each other again everything is looked up at once', async () => {
    const cluster = await Cluster.of(2, { content: docOf('x'), limits: { accessCheckCutMs: 60_000 } })
    const bob = await cluster.server(1).join('bob')
    cluster.bus.setCut(true)
    await cluster.pass(2_000)
    withdraw(cluster.server(1))
    await cluster.pass(2_000)
    expect(bob.wire.closedWith).toBeNull()
    cluster.bus.setCut(false)
    await cluster.pass()
    expect(bob.wire.closedWith?.code).toBe(4403)
  })

  it('CL-32 and while they hear each other, slowly: an announcement may be lost', async () => {
    const { cluster, bob, server } = await two()
    withdraw(server)
    const waited = await untilClosed(cluster, bob, 60_000)
    expect(waited).toBeGreaterThan(5_000)
    expect(waited).toBeLessThanOrEqual(17_000)
  })

  it('CL-33 one look serves all sessions of one person on one document, and few are under way at one time', async () => {
    const { cluster, server } = await two()
    for (let i = 0; i < 30; i++) await server.join('vic')
    for (let i = 0; i < 30; i++) {
      server.roles.set(`${DOC}/p${i}`, 'viewer')
      await server.join(`p${i}`)
    }
    const before = server.lookups
    cluster.bus.setCut(true)
    await cluster.pass(server.limits.accessCheckCutMs + server.limits.sweepMs)
    // bob, vic and the thirty, each once or twice by the time that passed.
    expect(server.lookups - before).toBeGreaterThanOrEqual(32)
    expect(server.lookups - before).toBeLessThanOrEqual(64)
  })

  it('CL-33 a look that never ends holds up only what it looks at', async () => {
    const { cluster, server } = await two()
    const vic = await server.join('vic')
    const { authorize } = server.access
    server.access.authorize = (principal, documentId) =>
      principal.id === 'bob' ? new Promise(() => undefined) : authorize(principal, documentId)
    cluster.bus.setCut(true)
    await cluster.pass(5_000)
    server.roles.delete(`${DOC}/vic`)
    expect(await untilClosed(cluster, vic, 36_000)).toBeLessThanOrEqual(35_000)
  })

  it('CL-34 where the stores of people do not answer a session goes on with its role, to the end of its token', async () => {
    const { cluster, server } = await two()
    server.expiry.set('token:vic', cluster.clock.now() + 30_000)
    const vic = await server.join('vic')
    cluster.bus.setCut(true)
    server.accessDown = true
    server.ended.add('vic:null')
    await cluster.pass(10_000)
    expect(vic.wire.closedWith).toBeNull()
    // A fresh token cannot be checked, so that it prolongs nothing.
    vic.wire.say({ kind: 'token', token: 'token:vic' })
    const waited = await untilClosed(cluster, vic, 60_000)
    expect(waited + 10_000).toBeGreaterThanOrEqual(30_000 - 100)
    expect(waited + 10_000).toBeLessThanOrEqual(30_000 + server.limits.sweepMs + 200)
    expect(vic.wire.closedWith?.code).toBe(4401)
  })

  it('CL-35 an answer that is older than an announcement counts for nothing', async () => {
    const { cluster, bob, server } = await two()
    let go = (): void => undefined
    server.authorizeGate = new Promise((resolve) => {
      go = resolve
    })
    cluster.bus.setCut(true)
    await cluster.pass(4_500)
    // The role that is being looked up is withdrawn and given again, and this is known before the answer comes.
    await server.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: 'viewer' })
    go()
    await cluster.pass()
    expect(bob.wire.of('access')).toEqual([{ kind: 'access', role: 'viewer' }])
  })
})
