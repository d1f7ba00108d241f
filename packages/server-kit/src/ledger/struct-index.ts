import type { Id, RejectionCode, StructFacts, StructPlace, UpdateFacts } from '@sheaf/protocol'
import { isLinkKey } from '@sheaf/protocol'
import type * as decoding from 'lib0/decoding'
import { readVarInt, readVarString, readVarUint } from 'lib0/decoding'
import type * as encoding from 'lib0/encoding'
import { writeVarInt, writeVarString, writeVarUint } from 'lib0/encoding'

/** What stands at a run of clocks. The numbers are stored: never renumber them. */
const TEXT = 0
const ELEMENT = 1
const TEXT_TYPE = 2
const ATTRIBUTE = 3
/** An attribute under the name of a link. */
const LINK_ATTRIBUTE = 4
/** A child of a fragment or an element that was deleted before it was ever sent. */
const DELETED_NODE = 5
/** Stands nowhere, and so does all that stands beside it or inside it. */
const GC = 6
const KINDS = 7

const NO_PARENT = -1

/**
 * The structs of one Yjs client: run i covers the clocks from `starts[i]` up to the next start, the last one up to `clock`.
 * `places[i]` is `node * KINDS + kind`, where `node` is the run's own number for a type, else that of what it stands in.
 */
interface Track {
  clock: number
  readonly starts: number[]
  readonly places: number[]
}

/** Why an update cannot stand in the document. */
export interface Misplacement {
  readonly code: RejectionCode
  readonly message: string
}

const misplaced = (code: RejectionCode, message: string): Misplacement => ({ code, message })

/** Where {@link StructIndex.rollBack} leads back to. */
export interface Mark {
  readonly nodes: number
  readonly tracks: readonly { readonly client: number; readonly clock: number; readonly runs: number }[]
}

/**
 * What stands where in a document, without its content: enough to tell whether Yjs can integrate an update, and whether
 * everything stays where documents hold it. Deleting does not change it: Yjs keeps the place of what was deleted, or turns
 * it into something that takes in whatever is put there later.
 */
export class StructIndex {
  readonly #tracks = new Map<number, Track>()
  /** Per node (a root, an element, a text type): the node it stands in, and how deep. */
  readonly #parents: number[] = []
  readonly #depths: number[] = []
  readonly #roots = new Map<string, number>()

  /** The clock behind the last struct of a client; 0 where there is none. */
  clock(client: number): number {
    return this.#tracks.get(client)?.clock ?? 0
  }

  clients(): IterableIterator<number> {
    return this.#tracks.keys()
  }

  /** The state before an update is placed. */
  mark(facts: UpdateFacts): Mark {
    return {
      nodes: this.#parents.length,
      tracks: facts.ranges.map(({ client }) => {
        const track = this.#tracks.get(client)
        return { client, clock: track?.clock ?? 0, runs: track?.starts.length ?? 0 }
      }),
    }
  }

  /** Takes back everything that was placed since the mark. A run that was made longer ends where its track's clock ends. */
  rollBack(mark: Mark): void {
    for (const { client, clock, runs } of mark.tracks) {
      const track = this.#tracks.get(client)
      if (track === undefined) continue
      track.clock = clock
      track.starts.length = runs
      track.places.length = runs
      if (clock === 0) this.#tracks.delete(client)
    }
    if (this.#parents.length === mark.nodes) return
    this.#parents.length = mark.nodes
    this.#depths.length = mark.nodes
    for (const [name, node] of this.#roots) if (node >= mark.nodes) this.#roots.delete(name)
  }

  /**
   * Places the structs of an update whose ranges follow on what is there and whose needs are there. Stops at the first one
   * that cannot stand where its bytes say; the caller rolls back then.
   */
  place(facts: UpdateFacts, maxDepth: number): Misplacement | null {
    if (facts.ranges.length > 1) return this.#placeInterleaved(facts, maxDepth)
    for (const struct of facts.structs) {
      const misplacement = this.#placeStruct(struct, maxDepth)
      if (misplacement !== null) return misplacement
    }
    return null
  }

  /**
   * Structs of several clients, each client's in order, may refer to each other. Whoever waits for another client is put on
   * a stack, as Yjs does it; waiting for somebody who is on the stack already is a circle, which Yjs could never integrate.
   */
  #placeInterleaved(facts: UpdateFacts, maxDepth: number): Misplacement | null {
    const queues = new Map<number, { next: number; readonly structs: StructFacts[] }>()
    for (const struct of facts.structs) {
      const queue = queues.get(struct.client)
      if (queue === undefined) queues.set(struct.client, { next: 0, structs: [struct] })
      else queue.structs.push(struct)
    }
    const stack: number[] = []
    const waiting = new Set<number>()
    for (const first of queues.keys()) {
      stack.push(first)
      waiting.add(first)
      for (let client = stack.at(-1); client !== undefined; client = stack.at(-1)) {
        const queue = queues.get(client)
        const struct = queue?.structs[queue.next]
        if (queue === undefined || struct === undefined) {
          waiting.delete(client)
          stack.pop()
          continue
        }
        const missing = this.#missingFor(struct.place)
        if (missing === null) {
          const misplacement = this.#placeStruct(struct, maxDepth)
          if (misplacement !== null) return misplacement
          queue.next++
          // Back to whoever waited: going on here could run into something that waits for it in turn.
          if (stack.length > 1) {
            stack.pop()
            waiting.delete(client)
          }
          continue
        }
        if (waiting.has(missing)) return misplaced('future-origin', 'structs of several clients refer to each other')
        stack.push(missing)
        waiting.add(missing)
      }
    }
    return null
  }

  /** A client of which a struct that is referred to is not there yet. */
  #missingFor(place: StructPlace): number | null {
    if (place.kind === 'child') return this.#has(place.parent) ? null : place.parent.client
    if (place.kind !== 'beside') return null
    if (place.origin !== null && !this.#has(place.origin)) return place.origin.client
    if (place.rightOrigin !== null && !this.#has(place.rightOrigin)) return place.rightOrigin.client
    return null
  }

  #has(id: Id): boolean {
    return id.clock < this.clock(id.client)
  }

  #placeStruct(struct: StructFacts, maxDepth: number): Misplacement | null {
    const place = struct.place
    switch (place.kind) {
      case 'nowhere':
        return this.#append(struct, GC, 0)
      case 'root': {
        if (place.key !== null) return misplaced('structure', 'a root has no attributes')
        return this.#placeAmongNodes(struct, this.#root(place.name), maxDepth)
      }
      case 'child':
        return this.#placeInside(struct, place.parent, place.key, maxDepth)
      case 'beside':
        return this.#placeBeside(struct, place.origin, place.rightOrigin, maxDepth)
    }
  }

  #placeInside(struct: StructFacts, parent: Id, key: string | null, maxDepth: number): Misplacement | null {
    const at = this.#at(parent)
    const kind = at % KINDS
    const node = (at - kind) / KINDS
    // Yjs finds no type where one was deleted before it was sent, and collects what is put there.
    if (kind === GC || kind === DELETED_NODE) return this.#append(struct, GC, 0)
    if (kind !== ELEMENT && kind !== TEXT_TYPE) return misplaced('structure', 'only elements and texts have an inside')
    if (key !== null) return this.#placeAttribute(struct, isLinkKey(key) ? LINK_ATTRIBUTE : ATTRIBUTE, node)
    return kind === ELEMENT ? this.#placeAmongNodes(struct, node, maxDepth) : this.#placeInText(struct, node)
  }

  #placeBeside(struct: StructFacts, origin: Id | null, right: Id | null, maxDepth: number): Misplacement | null {
    const originAt = origin === null ? null : this.#at(origin)
    const rightAt = right === null ? null : this.#at(right)
    if (originAt !== null && originAt % KINDS === GC) return this.#append(struct, GC, 0)
    if (rightAt !== null && rightAt % KINDS === GC) return this.#append(struct, GC, 0)
    const at = originAt ?? rightAt ?? GC
    const kind = at % KINDS
    const container = this.#containerOf(at)
    if (kind === ATTRIBUTE || kind === LINK_ATTRIBUTE) {
      // Yjs gives attributes no right neighbour: the value that is set last stands last.
      if (rightAt !== null) return misplaced('structure', 'an attribute has no right neighbour')
      return this.#placeAttribute(struct, kind, container)
    }
    if (rightAt !== null) {
      const rightKind = rightAt % KINDS
      const stray = rightKind === ATTRIBUTE || rightKind === LINK_ATTRIBUTE || this.#containerOf(rightAt) !== container
      // Which of two parents counts would depend on what was collected first: replicas would drift apart.
      if (stray) return misplaced('structure', 'the neighbours of a struct stand in different places')
    }
    return kind === TEXT ? this.#placeInText(struct, container) : this.#placeAmongNodes(struct, container, maxDepth)
  }

  #placeInText(struct: StructFacts, container: number): Misplacement | null {
    if (struct.kind !== 'text' && struct.kind !== 'deleted') {
      return misplaced('structure', 'only characters and formats stand in a text')
    }
    return this.#append(struct, TEXT, container)
  }

  #placeAttribute(
    struct: StructFacts,
    kind: typeof ATTRIBUTE | typeof LINK_ATTRIBUTE,
    container: number,
  ): Misplacement | null {
    if (struct.kind !== 'attribute' && struct.kind !== 'deleted') {
      return misplaced('structure', 'only plain values stand as an attribute')
    }
    if (kind === LINK_ATTRIBUTE && struct.unsafeAsLink) {
      return misplaced('forbidden-link', 'the scheme of a link is not allowed')
    }
    return this.#append(struct, kind, container)
  }

  #placeAmongNodes(struct: StructFacts, container: number, maxDepth: number): Misplacement | null {
    if (struct.kind === 'deleted') return this.#append(struct, DELETED_NODE, container)
    if (struct.kind !== 'element' && struct.kind !== 'textType') {
      return misplaced('structure', 'only elements and texts stand beside elements')
    }
    const depth = this.#depth(container) + 1
    if (depth > maxDepth) return misplaced('too-deep', `content may be nested ${maxDepth} levels deep at most`)
    const node = this.#parents.push(container) - 1
    this.#depths.push(depth)
    return this.#append(struct, struct.kind === 'element' ? ELEMENT : TEXT_TYPE, node)
  }

  #append(struct: StructFacts, kind: number, node: number): null {
    let track = this.#tracks.get(struct.client)
    if (track === undefined) {
      track = { clock: 0, starts: [], places: [] }
      this.#tracks.set(struct.client, track)
    }
    const place = node * KINDS + kind
    if (track.places.length === 0 || track.places[track.places.length - 1] !== place) {
      track.starts.push(struct.clock)
      track.places.push(place)
    }
    track.clock = struct.clock + struct.length
    return null
  }

  #root(name: string): number {
    const known = this.#roots.get(name)
    if (known !== undefined) return known
    const node = this.#parents.push(NO_PARENT) - 1
    this.#depths.push(0)
    this.#roots.set(name, node)
    return node
  }

  #depth(node: number): number {
    return this.#depths[node] as number
  }

  #containerOf(at: number): number {
    const kind = at % KINDS
    const node = (at - kind) / KINDS
    return kind === ELEMENT || kind === TEXT_TYPE ? (this.#parents[node] as number) : node
  }

  /** What stands at an id that is there. */
  #at(id: Id): number {
    const track = this.#tracks.get(id.client)
    if (track === undefined || id.clock >= track.clock) throw new RangeError('a struct that is not there was looked up')
    const starts = track.starts
    let high = starts.length - 1
    // Mostly somebody types on, so that the last run is the one.
    if ((starts[high] as number) > id.clock) {
      let low = 0
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if ((starts[middle] as number) <= id.clock) low = middle
        else high = middle - 1
      }
    }
    return track.places[high] as number
  }

  write(encoder: encoding.Encoder): void {
    writeVarUint(encoder, this.#parents.length)
    // A node mostly stands in the one that was placed last, or beside it: the distance is small.
    this.#parents.forEach((parent, node) => writeVarUint(encoder, parent === NO_PARENT ? 0 : node - parent))
    writeVarUint(encoder, this.#roots.size)
    for (const [name, node] of this.#roots) {
      writeVarString(encoder, name)
      writeVarUint(encoder, node)
    }
    writeVarUint(encoder, this.#tracks.size)
    for (const [client, track] of this.#tracks) {
      writeVarUint(encoder, client)
      writeVarUint(encoder, track.starts.length)
      let lastNode = 0
      track.starts.forEach((start, i) => {
        const end = track.starts[i + 1] ?? track.clock
        const at = track.places[i] as number
        const kind = at % KINDS
        const node = (at - kind) / KINDS
        writeVarUint(encoder, (end - start - 1) * KINDS + kind)
        writeVarInt(encoder, node - lastNode)
        lastNode = node
      })
    }
  }

  /** Reads what {@link write} wrote. @throws {RangeError} or an error of lib0 on anything else. */
  static read(decoder: decoding.Decoder): StructIndex {
    const index = new StructIndex()
    index.#readNodes(decoder)
    for (let left = readVarUint(decoder); left > 0; left--) index.#readTrack(decoder)
    return index
  }

  #readNodes(decoder: decoding.Decoder): void {
    const nodes = readVarUint(decoder)
    for (let node = 0; node < nodes; node++) {
      const distance = readVarUint(decoder)
      if (distance > node) damaged('a node stands in none')
      const parent = distance === 0 ? NO_PARENT : node - distance
      this.#parents.push(parent)
      this.#depths.push(parent === NO_PARENT ? 0 : this.#depth(parent) + 1)
    }
    for (let left = readVarUint(decoder); left > 0; left--) {
      const name = readVarString(decoder)
      const node = readVarUint(decoder)
      if (this.#parents[node] !== NO_PARENT || this.#roots.has(name)) damaged('a root is not a root')
      this.#roots.set(name, node)
    }
  }

  #readTrack(decoder: decoding.Decoder): void {
    const client = readVarUint(decoder)
    if (this.#tracks.has(client)) damaged('a client stands in it twice')
    const track: Track = { clock: 0, starts: [], places: [] }
    let node = 0
    for (let left = readVarUint(decoder); left > 0; left--) {
      const head = readVarUint(decoder)
      const kind = head % KINDS
      node += readVarInt(decoder)
      if (kind === GC ? node !== 0 : this.#parents[node] === undefined) damaged('a struct stands in no node')
      track.starts.push(track.clock)
      track.places.push(node * KINDS + kind)
      track.clock += (head - kind) / KINDS + 1
    }
    if (track.clock === 0) damaged('a client has no structs')
    this.#tracks.set(client, track)
  }
}

function damaged(message: string): never {
  throw new RangeError(message)
}
