/**
 * A list that grows at its end. Every list stays what it is, and adding one item costs the same however many there are:
 * lists that grew out of each other share their items, and each sees as many as it has.
 */
export class Queue<Item> {
  readonly length: number
  readonly #shared: Item[]

  private constructor(shared: Item[], length: number) {
    this.#shared = shared
    this.length = length
  }

  static of<Item>(items: readonly Item[]): Queue<Item> {
    return new Queue([...items], items.length)
  }

  with(item: Item): Queue<Item> {
    // Where another list has grown out of this one already, the place behind the end is taken.
    const shared = this.#shared.length === this.length ? this.#shared : this.items()
    shared.push(item)
    return new Queue(shared, this.length + 1)
  }

  items(): Item[] {
    return this.#shared.slice(0, this.length)
  }
}
