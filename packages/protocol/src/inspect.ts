import { checkKey, checkValue, isLinkKey, refuseLink } from './update-values.ts'
import type { LinkVerdict } from './update-values.ts'
import { Refusal, Stretch, TextColumn, diffColumn, refuse, runColumn, uintColumn } from './update-columns.ts'
import type { DiffColumn, RunColumn, UintColumn } from './update-columns.ts'
import type { DeleteRange, Id, StructKind, StructPlace, UpdateFacts, UpdateInspection, UpdateLimits } from './update.ts'

/**
 * Judges an update by its bytes alone and tells what they say. Never throws, never takes longer or allocates more than a
 * small multiple of the input, and changes nothing. What it calls sound still has to be judged against the document: the
 * server's ledger does that.
 *
 * It accepts what Sheaf's documents hold and Yjs encodes, which is less than what Yjs accepts (see SPEC.md, UP rules).
 */
export function inspectUpdate(update: Uint8Array, limits: UpdateLimits): UpdateInspection {
  if (update.length > limits.maxBytes) {
    return { status: 'refused', code: 'too-large', message: `an update may have ${limits.maxBytes} bytes at most` }
  }
  try {
    return { status: 'sound', facts: new UpdateReader(update, limits).read() }
  } catch (error) {
    if (error instanceof Refusal) return { status: 'refused', code: error.code, message: error.message }
    return { status: 'refused', code: 'malformed', message: 'the update cannot be decoded' }
  }
}

/**
 * The columns of an update are run-length encoded, so a few bytes can stand for any number of structs. An update that Yjs
 * writes has at least about a byte for each; this leaves room, and keeps the cost in proportion to the input.
 */
const STRUCTS_PER_BYTE = 4
const FREE_STRUCTS = 256

const HAS_ORIGIN = 128
const HAS_RIGHT_ORIGIN = 64
const HAS_KEY = 32
const CONTENT = 31

const GC = 0
const DELETED = 1
const TEXT = 4
const FORMAT = 6
const TYPE = 7
const ANY = 8
const SKIP = 10

const XML_ELEMENT = 3
const XML_TEXT = 6

interface OpenStruct {
  readonly client: number
  readonly clock: number
  length: number
  readonly kind: StructKind
  readonly place: StructPlace
  readonly unsafeAsLink: boolean
}

interface OpenRange {
  readonly client: number
  readonly from: number
  to: number
}

const NOWHERE: StructPlace = { kind: 'nowhere' }

class UpdateReader {
  readonly #limits: UpdateLimits
  readonly #maxStructs: number
  readonly #keyClocks: DiffColumn
  readonly #clients: UintColumn
  readonly #leftClocks: DiffColumn
  readonly #rightClocks: DiffColumn
  readonly #infos: RunColumn
  readonly #texts: TextColumn
  readonly #parentInfos: RunColumn
  readonly #typeRefs: UintColumn
  readonly #lengths: UintColumn
  readonly #rest: Stretch
  readonly #keys: string[] = []

  readonly #ranges: OpenRange[] = []
  readonly #structs: OpenStruct[] = []
  readonly #deletes: DeleteRange[] = []
  /** Ranges that this update has to delete itself. */
  readonly #overwritten: DeleteRange[] = []
  /** Per client that something refers to: the clock behind the last struct referred to. */
  #referred: Map<number, number> | null = null
  #structCount = 0
  #insertedChars = 0
  #deletedChars = 0

  constructor(update: Uint8Array, limits: UpdateLimits) {
    this.#limits = limits
    this.#maxStructs = Math.min(limits.maxStructs, FREE_STRUCTS + STRUCTS_PER_BYTE * update.length)
    const rest = new Stretch(update, 0, update.length)
    if (rest.varuint() !== 0) refuse('malformed', 'the update has unknown features')
    this.#keyClocks = diffColumn(rest)
    this.#clients = uintColumn(rest)
    this.#leftClocks = diffColumn(rest)
    this.#rightClocks = diffColumn(rest)
    this.#infos = runColumn(rest)
    this.#texts = new TextColumn(uintColumn(rest))
    this.#parentInfos = runColumn(rest)
    this.#typeRefs = uintColumn(rest)
    this.#lengths = uintColumn(rest)
    this.#rest = rest
  }

  read(): UpdateFacts {
    for (let left = this.#rest.varuint(); left > 0; left--) this.#readStructs()
    const deleting = this.#rest.varuint()
    const seen = deleting > 1 ? new Set<number>() : null
    for (let left = deleting; left > 0; left--) {
      const client = this.#readDeletes()
      if (seen?.has(client) === true) refuse('malformed', 'a client deletes in the update twice')
      seen?.add(client)
    }
    this.#checkTrailing()
    if (this.#overwritten.length > 0) this.#checkOverwritten()
    const ranges = this.#ranges
    if (ranges.length > 1) {
      ranges.sort((a, b) => a.client - b.client)
      for (let i = 1; i < ranges.length; i++) {
        if (ranges[i]?.client === ranges[i - 1]?.client) refuse('malformed', 'a client stands in the update twice')
      }
    }
    return {
      ranges,
      versionVector: ranges.map((range) => [range.client, range.to] as const),
      needs: this.#needs(),
      structs: this.#structs,
      deletes: this.#deletes,
      insertedChars: this.#insertedChars,
      deletedChars: this.#deletedChars,
    }
  }

  #readStructs(): void {
    const count = this.#rest.varuint()
    if (count === 0) refuse('malformed', 'a client without structs')
    this.#structCount += count
    if (this.#structCount > this.#maxStructs) refuse('too-complex', 'the update claims too many structs')
    const client = this.#readClient()
    const range: OpenRange = { client, from: this.#rest.varuint(), to: 0 }
    range.to = range.from
    for (let i = 0; i < count; i++) {
      const info = this.#infos.read()
      if ((info & CONTENT) === GC) this.#readGc(info, range)
      else this.#readItem(info, range)
      if (range.to > this.#limits.maxClock) refuse('clock-ceiling', 'a clock is beyond the largest one allowed')
    }
    this.#ranges.push(range)
  }

  #readGc(info: number, range: OpenRange): void {
    // Yjs's two readers of updates disagree about a GC with flags.
    if (info !== GC) refuse('malformed', 'a garbage-collected struct with a place')
    this.#add(range, this.#readLength(), 'gc', NOWHERE, false)
  }

  #readItem(info: number, range: OpenRange): void {
    const clock = range.to
    const client = range.client
    let origin: Id | null = null
    let rightOrigin: Id | null = null
    let continues = false
    if ((info & HAS_ORIGIN) !== 0) {
      const originClient = this.#readClient()
      const originClock = this.#leftClocks.read()
      this.#refer(originClient, originClock, client, clock)
      continues = originClient === client && originClock === clock - 1 && clock > range.from
      origin = { client: originClient, clock: originClock }
    }
    if ((info & HAS_RIGHT_ORIGIN) !== 0) {
      const rightClient = this.#readClient()
      const rightClock = this.#rightClocks.read()
      this.#refer(rightClient, rightClock, client, clock)
      rightOrigin = { client: rightClient, clock: rightClock }
    }
    const hasNeighbour = origin !== null || rightOrigin !== null
    const place: StructPlace = hasNeighbour
      ? { kind: 'beside', origin, rightOrigin }
      : this.#readParent((info & HAS_KEY) !== 0, client, clock)
    const key = place.kind === 'root' || place.kind === 'child' ? place.key : null
    switch (info & CONTENT) {
      case DELETED:
        return this.#addRun(range, this.#readLength(), 'deleted', place, continues)
      case TEXT: {
        const length = this.#texts.readLength()
        this.#insertedChars += length
        return this.#addRun(range, length, 'text', place, continues)
      }
      case FORMAT: {
        const name = this.#readKey()
        checkKey(name)
        const verdict = checkValue(this.#rest)
        if (verdict === 'forbidden' && isLinkKey(name)) refuseLink()
        return this.#addRun(range, 1, 'text', place, continues)
      }
      case TYPE:
        return this.#add(range, 1, this.#readType(), place, false)
      case ANY:
        return this.#readAttribute(range, place, hasNeighbour, key)
      case SKIP:
        return refuse('clock-gap', 'the clocks of the update have a hole')
      default:
        // Embeds too: a text node that is not text makes every view of y-prosemirror drop the text around it.
        return refuse('content-type', 'documents do not hold this kind of content')
    }
  }

  #readAttribute(range: OpenRange, place: StructPlace, hasNeighbour: boolean, key: string | null): void {
    if (!hasNeighbour && key === null) refuse('content-type', 'a plain value stands as an attribute only')
    const length = this.#readLength()
    let worst: LinkVerdict = 'allowed'
    for (let i = 0; i < length; i++) if (checkValue(this.#rest) === 'forbidden') worst = 'forbidden'
    if (key !== null && isLinkKey(key) && worst === 'forbidden') refuseLink()
    // Yjs takes the last value of an attribute for its only live one. Of several in one struct, a later split would leave
    // another one alive, and collecting the node would throw from then on. Honest ones were overwritten before being sent.
    if (length > 1) this.#overwritten.push({ client: range.client, clock: range.to, length })
    // Beside another attribute, the name is not in these bytes: only the ledger knows whether it is that of a link.
    this.#add(range, length, 'attribute', place, worst === 'forbidden')
  }

  #readType(): StructKind {
    switch (this.#typeRefs.read()) {
      case XML_ELEMENT: {
        const name = this.#readKey()
        if (name === '') refuse('content-type', 'an element without a name')
        checkKey(name)
        return 'element'
      }
      case XML_TEXT:
        return 'textType'
      default:
        return refuse('content-type', 'documents do not hold this kind of type')
    }
  }

  #readParent(hasKey: boolean, client: number, clock: number): StructPlace {
    const isRoot = this.#parentInfos.read()
    if (isRoot > 1) refuse('malformed', 'a flag is neither 0 nor 1')
    if (isRoot === 1) {
      const name = this.#texts.read()
      if (!this.#limits.roots.has(name)) refuse('unknown-root', 'the document has no root type of this name')
      return { kind: 'root', name, key: hasKey ? this.#readAttributeName() : null }
    }
    const parent: Id = { client: this.#readClient(), clock: this.#leftClocks.read() }
    this.#refer(parent.client, parent.clock, client, clock)
    return { kind: 'child', parent, key: hasKey ? this.#readAttributeName() : null }
  }

  #readAttributeName(): string {
    const name = this.#texts.read()
    checkKey(name)
    return name
  }

  #readKey(): string {
    const index = this.#keyClocks.read()
    if (index < 0) refuse('malformed', 'a key that was never written')
    const known = this.#keys[index]
    if (known !== undefined) return known
    const key = this.#texts.read()
    this.#keys.push(key)
    return key
  }

  #readClient(): number {
    const client = this.#clients.read()
    if (client > Number.MAX_SAFE_INTEGER) refuse('malformed', 'a client id is too large')
    return client
  }

  #readLength(): number {
    return this.#lengths.read()
  }

  /** Notes that a struct of `client` at `clock` refers to another struct. */
  #refer(toClient: number, toClock: number, client: number, clock: number): void {
    if (toClock < 0) refuse('malformed', 'a clock is negative')
    if (toClock >= this.#limits.maxClock) refuse('clock-ceiling', 'a clock is beyond the largest one allowed')
    if (toClient === client) {
      if (toClock >= clock) refuse('future-origin', 'a struct refers to itself or to a later one of its client')
      return
    }
    this.#need(toClient, toClock + 1)
  }

  #need(client: number, clock: number): void {
    this.#referred ??= new Map()
    const known = this.#referred.get(client)
    if (known === undefined || known < clock) this.#referred.set(client, clock)
  }

  /** Adds a struct, or makes the last one longer if this one is typed on behind it: the ledger sees one either way. */
  #addRun(range: OpenRange, length: number, kind: StructKind, place: StructPlace, continues: boolean): void {
    const last = this.#structs[this.#structs.length - 1]
    if (!continues || last === undefined || last.kind !== kind || last.place.kind === 'nowhere' || length === 0) {
      return this.#add(range, length, kind, place, false)
    }
    const right = place.kind === 'beside' ? place.rightOrigin : null
    const lastRight = last.place.kind === 'beside' ? last.place.rightOrigin : null
    if (right?.client !== lastRight?.client || right?.clock !== lastRight?.clock) {
      return this.#add(range, length, kind, place, false)
    }
    last.length += length
    range.to += length
  }

  #add(range: OpenRange, length: number, kind: StructKind, place: StructPlace, unsafeAsLink: boolean): void {
    if (length === 0) refuse('malformed', 'a struct without a length')
    this.#structs.push({ client: range.client, clock: range.to, length, kind, place, unsafeAsLink })
    range.to += length
  }

  #readDeletes(): number {
    const client = this.#rest.varuint()
    let clock = 0
    const count = this.#rest.varuint()
    if (count === 0) refuse('malformed', 'a client without delete ranges')
    for (let left = count; left > 0; left--) {
      if (this.#deletes.length >= this.#limits.maxDeleteRanges) {
        refuse('too-complex', 'the update has too many delete ranges')
      }
      clock += this.#rest.varuint()
      // One less than the length is on the wire: there is no way to write a range of length 0.
      const length = this.#rest.varuint() + 1
      this.#deletes.push({ client, clock, length })
      this.#deletedChars += length
      clock += length
      if (clock > this.#limits.maxClock) refuse('clock-ceiling', 'a delete range ends beyond the largest clock allowed')
    }
    this.#need(client, clock)
    return client
  }

  #checkOverwritten(): void {
    const byClient = new Map<number, DeleteRange[]>()
    for (const range of this.#deletes) {
      const ranges = byClient.get(range.client)
      if (ranges === undefined) byClient.set(range.client, [range])
      else ranges.push(range)
    }
    for (const { client, clock, length } of this.#overwritten) {
      const ranges = byClient.get(client) ?? []
      let low = 0
      let high = ranges.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((ranges[middle]?.clock ?? 0) <= clock) low = middle + 1
        else high = middle
      }
      const range = ranges[low - 1]
      if (range === undefined || range.clock + range.length < clock + length) {
        refuse('content-type', 'an attribute has several values at once')
      }
    }
  }

  #checkTrailing(): void {
    const done =
      this.#rest.pos === this.#rest.end &&
      this.#keyClocks.done &&
      this.#clients.done &&
      this.#leftClocks.done &&
      this.#rightClocks.done &&
      this.#infos.done &&
      this.#texts.done &&
      this.#parentInfos.done &&
      this.#typeRefs.done &&
      this.#lengths.done
    if (!done) refuse('malformed', 'bytes are left behind the update')
  }

  #needs(): [number, number][] {
    const needs: [number, number][] = []
    const referred = this.#referred
    for (const { client, from, to } of this.#ranges) {
      const behind = referred?.get(client) ?? 0
      if (behind > to) refuse('clock-gap', 'the update refers to a clock behind those that it writes')
      referred?.delete(client)
      if (from > 0) needs.push([client, from])
    }
    if (referred === null || referred.size === 0) return needs
    for (const need of referred) needs.push(need)
    return needs.sort((a, b) => a[0] - b[0])
  }
}
