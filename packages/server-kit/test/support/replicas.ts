import { DEFAULT_UPDATE_LIMITS, inspectUpdate } from '@sheaf/protocol'
import type { Operation, UpdateFacts, VersionVector } from '@sheaf/protocol'
import * as Y from 'yjs'
import { editOnce } from './random-editing.ts'
import type { SeededRandom } from './random-editing.ts'

export interface NumberedOperation extends Operation {
  readonly seq: number
}

/** What an update says; throws where an inspection refuses what an honest replica wrote. */
export function soundFacts(update: Uint8Array): UpdateFacts {
  const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
  if (inspection.status === 'refused') throw new Error(`refused: ${inspection.code}: ${inspection.message}`)
  return inspection.facts
}

export const replicaIdOf = (number: number): string => number.toString(16).padStart(32, '0')

export function operationOf(replicaId: string, counter: number, baseSeq: number, update: Uint8Array): Operation {
  const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
  const versionVector: VersionVector = inspection.status === 'sound' ? inspection.facts.versionVector : []
  return { replicaId, counter, baseSeq, versionVector, update }
}

/** A replica as the client SDK has it: gathers local updates, merges them to one operation, applies those of others. */
class HonestReplica {
  readonly replicaId: string
  readonly doc: Y.Doc
  readonly undo: Y.UndoManager
  #unsent: Uint8Array[] = []
  #counter = 0
  readonly #clientIds: number[]
  baseSeq = 0

  constructor(number: number, clientId: number) {
    this.replicaId = replicaIdOf(number)
    this.doc = new Y.Doc()
    this.doc.clientID = clientId
    this.#clientIds = [clientId]
    this.doc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.#unsent.push(update)
    })
    this.undo = new Y.UndoManager(this.doc.getXmlFragment('content'), { captureTimeout: 0 })
  }

  /** Goes on under a new client id, or under one that it wrote under before: one operation then holds several clients. */
  changeClientId(random: SeededRandom): void {
    if (random.chance(0.3)) this.#clientIds.push(1 + random.below(2 ** 32 - 1))
    this.doc.clientID = random.pick(this.#clientIds)
  }

  takeOperation(): Operation | null {
    if (this.#unsent.length === 0) return null
    const update = this.#unsent.length === 1 ? this.#unsent[0]! : Y.mergeUpdatesV2(this.#unsent)
    this.#unsent = []
    this.#counter++
    return operationOf(this.replicaId, this.#counter, this.baseSeq, update)
  }
}

/**
 * A history of several honest people editing at once: each of them sees the others' operations late, undoes and redoes, and
 * sometimes continues under a new Yjs client id, as Yjs itself may make it do.
 */
export function honestHistory(random: SeededRandom, replicaCount: number, steps: number): NumberedOperation[] {
  const history: NumberedOperation[] = []
  const replicas = Array.from(
    { length: replicaCount },
    (_, i) => new HonestReplica(i + 1, 1 + random.below(2 ** 32 - 1)),
  )
  const send = (replica: HonestReplica): void => {
    const operation = replica.takeOperation()
    if (operation !== null) history.push({ ...operation, seq: history.length + 1 })
  }
  const receive = (replica: HonestReplica, upTo: number): void => {
    for (const operation of history.slice(replica.baseSeq, upTo)) {
      if (operation.replicaId !== replica.replicaId) Y.applyUpdateV2(replica.doc, operation.update, 'remote')
    }
    replica.baseSeq = Math.max(replica.baseSeq, upTo)
  }
  for (let step = 0; step < steps; step++) {
    const replica = random.pick(replicas)
    const dice = random.below(100)
    if (dice < 70) {
      if (random.chance(0.3)) {
        replica.doc.transact(() => {
          for (let i = random.below(5); i >= 0; i--) editOnce(replica.doc, random)
        })
      } else editOnce(replica.doc, random)
    } else if (dice < 78) replica.undo.undo()
    else if (dice < 81) replica.undo.redo()
    else if (dice < 85) replica.changeClientId(random)
    else if (dice < 91) send(replica)
    else receive(replica, replica.baseSeq + random.below(history.length - replica.baseSeq + 1))
  }
  for (const replica of replicas) send(replica)
  for (const replica of replicas) receive(replica, history.length)
  // Receiving can tidy formats up, which is an edit like any other.
  for (const replica of replicas) send(replica)
  return history
}
