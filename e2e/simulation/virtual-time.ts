/** Something that runs until it is ended by force: a tab, a server. Whatever it planned does not happen any more. */
export class Life {
  #ended = false
  readonly #endings: (() => void)[] = []

  get ended(): boolean {
    return this.#ended
  }

  onEnd(call: () => void): void {
    this.#endings.push(call)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const call of this.#endings) call()
  }
}

interface Planned {
  readonly at: number
  readonly order: number
  call: (() => void) | null
}

const before = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Time that only passes when the simulation says so, and the calls that were planned in it, in one order for one seed. */
export class VirtualTime {
  #now = Date.UTC(2026, 0, 1)
  #order = 0
  /** A binary heap with the next call in front. */
  readonly #planned: Planned[] = []

  now(): number {
    return this.#now
  }

  /** Plans a call; the returned function takes it back. */
  after(ms: number, call: () => void): () => void {
    const planned: Planned = { at: this.#now + Math.max(0, ms), order: this.#order++, call }
    this.#push(planned)
    return () => {
      planned.call = null
    }
  }

  /** The same for something that can die: its calls die with it. */
  afterIn(life: Life, ms: number, call: () => void): () => void {
    return this.after(ms, () => {
      if (!life.ended) call()
    })
  }

  async pass(ms: number): Promise<void> {
    return this.passUntil(() => false, ms)
  }

  /** Lets time pass until the condition holds, and at most so long. */
  async passUntil(condition: () => boolean, ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    while (!condition()) {
      const next = this.#planned[0]
      if (next === undefined || next.at > end) break
      this.#pop()
      if (next.call === null) continue
      this.#now = next.at
      next.call()
      await settled()
    }
    if (!condition()) this.#now = end
  }

  #push(planned: Planned): void {
    const heap = this.#planned
    let index = heap.push(planned) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(planned, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = planned
  }

  #pop(): void {
    const heap = this.#planned
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

/** Resolves when no promise of the core can go on by itself: everything in a simulation waits for microtasks or for virtual time. */
export async function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
