import type { RejectionCode } from './codes.ts'

/** Why an inspection ends; thrown inside the inspection only, and answered as a value outside of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RejectionCode
  constructor(code: RejectionCode, message: string) {
    super(message)
    this.code = code
  }
}

export function refuse(code: RejectionCode, message: string): never {
  // The stack of a refusal is of no use to anybody and would be most of its cost.
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  const refusal = new Refusal(code, message)
  Error.stackTraceLimit = limit
  throw refusal
}

const cutShort = (): never => refuse('malformed', 'the update is cut short')

/**
 * A stretch of an update, read from front to end. The readers of this file read what lib0's decoders read, but never past
 * their end (lib0 answers 0 there), never more than 2^53, and without a view of the bytes for every column.
 */
export class Stretch {
  readonly bytes: Uint8Array
  pos: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.pos = start
    this.end = end
  }

  byte(): number {
    return this.pos < this.end ? (this.bytes[this.pos++] as number) : cutShort()
  }

  varuint(): number {
    let byte = this.byte()
    if (byte < 128) return byte
    let value = byte & 127
    let weight = 128
    for (;;) {
      byte = this.byte()
      value += (byte & 127) * weight
      if (value > Number.MAX_SAFE_INTEGER) refuse('malformed', 'a number is too large')
      if (byte < 128) return value
      weight *= 128
      if (weight > Number.MAX_SAFE_INTEGER) refuse('malformed', 'a number is too large')
    }
  }

  /** With the sign in the first byte, so that -0 differs from 0. */
  varint(): number {
    let byte = this.byte()
    const negative = (byte & 64) !== 0
    let value = byte & 63
    let weight = 64
    while (byte >= 128) {
      byte = this.byte()
      value += (byte & 127) * weight
      weight *= 128
      if (value > Number.MAX_SAFE_INTEGER || weight > 2 ** 63) refuse('malformed', 'a number is too large')
    }
    return negative ? -value : value
  }

  skip(length: number): void {
    if (length > this.end - this.pos) cutShort()
    this.pos += length
  }

  text(): string {
    const length = this.varuint()
    const start = this.pos
    this.skip(length)
    return decodeText(this.bytes, start, this.pos)
  }
}

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const SHORT_TEXT = 48

function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT) {
    // Most texts are a few ASCII characters, for which calling the decoder costs more than decoding.
    let text = ''
    let pos = start
    while (pos < end && (bytes[pos] as number) < 128) text += String.fromCharCode(bytes[pos++] as number)
    if (pos === end) return text
  }
  try {
    return utf8.decode(bytes.subarray(start, end))
  } catch {
    return refuse('malformed', 'a text is not UTF-8')
  }
}

/** A column of a V2 update. */
interface Column {
  /** True when every value that its bytes stand for was read. */
  readonly done: boolean
}

/** Small numbers with their repetitions: the last value stands for all that follow. */
export class RunColumn extends Stretch implements Column {
  #value = 0
  #left = 0
  #forever = false

  read(): number {
    if (this.#forever) return this.#value
    if (this.#left === 0) {
      this.#value = this.byte()
      if (this.pos === this.end) {
        this.#forever = true
        return this.#value
      }
      this.#left = this.varuint() + 1
    }
    this.#left--
    return this.#value
  }

  get done(): boolean {
    return this.pos === this.end && (this.#forever || this.#left === 0)
  }
}

/** Unsigned numbers; a negative sign says that a count of repetitions follows. */
export class UintColumn extends Stretch implements Column {
  #value = 0
  #left = 0

  read(): number {
    if (this.#left === 0) {
      const value = this.varint()
      if (value < 0 || Object.is(value, -0)) {
        this.#value = -value
        this.#left = this.varuint() + 2
      } else {
        this.#value = value
        this.#left = 1
      }
    }
    this.#left--
    return this.#value
  }

  get done(): boolean {
    return this.pos === this.end && this.#left === 0
  }
}

/** Differences to the number before; the lowest bit says that a count of repetitions follows. */
export class DiffColumn extends Stretch implements Column {
  #value = 0
  #difference = 0
  #left = 0

  read(): number {
    if (this.#left === 0) {
      const head = this.varint()
      this.#difference = Math.floor(head / 2)
      this.#left = head % 2 === 0 ? 1 : this.varuint() + 2
    }
    this.#left--
    this.#value += this.#difference
    return this.#value
  }

  get done(): boolean {
    return this.pos === this.end && this.#left === 0
  }
}

/** All texts of an update as one, with the lengths of its pieces behind it. */
export class TextColumn implements Column {
  readonly #text: string
  readonly #lengths: UintColumn
  #pos = 0

  constructor(column: UintColumn) {
    this.#lengths = column
    this.#text = column.text()
  }

  /** Passes over a text and answers its length in UTF-16 units, which is how Yjs counts. */
  readLength(): number {
    const length = this.#lengths.read()
    this.#pos += length
    if (this.#pos > this.#text.length) cutShort()
    return length
  }

  read(): string {
    const start = this.#pos
    this.readLength()
    return this.#text.slice(start, this.#pos)
  }

  get done(): boolean {
    return this.#lengths.done && this.#pos === this.#text.length
  }
}

// Marked for bundlers: who does not read updates is not to carry what does.
const NO_BYTES = /* @__PURE__ */ new Uint8Array()
// Most columns of a keystroke are empty. An empty one has no state that could change: one of them serves all.
const EMPTY_RUNS = /* @__PURE__ */ new RunColumn(NO_BYTES, 0, 0)
const EMPTY_UINTS = /* @__PURE__ */ new UintColumn(NO_BYTES, 0, 0)
const EMPTY_DIFFS = /* @__PURE__ */ new DiffColumn(NO_BYTES, 0, 0)

/** The column that comes next: its length, then its bytes. Reading goes on behind it. */
export function runColumn(rest: Stretch): RunColumn {
  const length = rest.varuint()
  if (length === 0) return EMPTY_RUNS
  rest.skip(length)
  return new RunColumn(rest.bytes, rest.pos - length, rest.pos)
}

/** As {@link runColumn}. */
export function uintColumn(rest: Stretch): UintColumn {
  const length = rest.varuint()
  if (length === 0) return EMPTY_UINTS
  rest.skip(length)
  return new UintColumn(rest.bytes, rest.pos - length, rest.pos)
}

/** As {@link runColumn}. */
export function diffColumn(rest: Stretch): DiffColumn {
  const length = rest.varuint()
  if (length === 0) return EMPTY_DIFFS
  rest.skip(length)
  return new DiffColumn(rest.bytes, rest.pos - length, rest.pos)
}
