/**
 * Operations that build on something which is not here yet, per replica in the order in which they came.
 * Parked outside the document and with a cap: applying out of order costs quadratic time in Yjs.
 */
export class Parking<Item> {
  readonly #capacity: number
  readonly #byReplica = new Map<string, { readonly item: Item; readonly since: number }[]>()
  #size = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#size
  }

  holds(replicaId: string): boolean {
    return this.#size > 0 && this.#byReplica.has(replicaId)
  }

  replicas(): string[] {
    return [...this.#byReplica.keys()]
  }

  /** False where there is no room. */
  add(replicaId: string, item: Item, since: number): boolean {
    if (this.#size >= this.#capacity) return false
    this.#size += 1
    const parked = this.#byReplica.get(replicaId)
    if (parked === undefined) this.#byReplica.set(replicaId, [{ item, since }])
    else parked.push({ item, since })
    return true
  }

  take(replicaId: string): { readonly item: Item; readonly since: number }[] {
    const parked = this.#byReplica.get(replicaId) ?? []
    this.#byReplica.delete(replicaId)
    this.#size -= parked.length
    return parked
  }

  drop(matches: (item: Item) => boolean): void {
    for (const replicaId of this.replicas())
      for (const { item, since } of this.take(replicaId)) if (!matches(item)) this.add(replicaId, item, since)
  }

  /** Takes out the replicas whose first operation came at this time or before. */
  overdue(since: number): Item[] {
    const due: Item[] = []
    for (const [replicaId, [first]] of this.#byReplica)
      if (first !== undefined && first.since <= since) due.push(...this.take(replicaId).map(({ item }) => item))
    return due
  }
}
