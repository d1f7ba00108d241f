interface Range {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** Adds at the end, in place: lists of one set are nobody else's. */
function push(ranges: Range[], range: Range): Range[] {
  ranges.push(range)
  return ranges
}

/** A set of Yjs clocks per Yjs client id: what was inserted, or what was deleted. */
export class ClockRanges {
  readonly #byClient = new Map<number, Range[]>()

  add(client: number, from: number, to: number): void {
    const ranges = this.#byClient.get(client) ?? []
    const last = ranges.at(-1)
    // Mostly they come in their order, and then there is nothing to look for.
    if (last === undefined || last.to < from) return void this.#byClient.set(client, push(ranges, { from, to }))
    const touching = ranges.filter((range) => range.from <= to && from <= range.to)
    const apart = ranges.filter((range) => !touching.includes(range))
    const whole = {
      from: Math.min(from, ...touching.map((range) => range.from)),
      to: Math.max(to, ...touching.map((range) => range.to)),
    }
    this.#byClient.set(
      client,
      [...apart, whole].sort((a, b) => a.from - b.from),
    )
  }

  addAll(other: ClockRanges): void {
    for (const { client, from, to } of other) this.add(client, from, to)
  }

  has(client: number, clock: number): boolean {
    return this.#rangesOf(client).some(({ from, to }) => from <= clock && clock < to)
  }

  /** How many clocks it holds. */
  get size(): number {
    return [...this].reduce((sum, { from, to }) => sum + to - from, 0)
  }

  *[Symbol.iterator](): Iterator<Range & { readonly client: number }> {
    for (const [client, ranges] of this.#byClient) for (const range of ranges) yield { client, ...range }
  }

  /** The clocks of this set that the other one does not hold. */
  without(other: ClockRanges): ClockRanges {
    const left = new ClockRanges()
    for (const { client, from, to } of this) {
      let start = from
      for (const known of other.#rangesOf(client)) {
        if (known.to <= start || known.from >= to) continue
        if (known.from > start) left.add(client, start, known.from)
        start = known.to
      }
      if (start < to) left.add(client, start, to)
    }
    return left
  }

  /** The clocks that both hold. */
  within(other: ClockRanges): ClockRanges {
    return this.without(this.without(other))
  }

  #rangesOf(client: number): readonly Range[] {
    return this.#byClient.get(client) ?? []
  }
}
