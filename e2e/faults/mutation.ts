import type { Chance } from '../simulation/chance.ts'

/** Bytes that are wrong in one of the ways in which bytes go wrong, by accident or on purpose. */
export function mutated(bytes: Uint8Array, others: readonly Uint8Array[], chance: Chance): Uint8Array {
  let result = bytes
  for (let change = chance.integer(1, 3); change > 0; change--) result = mutatedOnce(result, others, chance)
  return result
}

function mutatedOnce(bytes: Uint8Array, others: readonly Uint8Array[], chance: Chance): Uint8Array {
  const at = chance.integer(0, Math.max(0, bytes.length - 1))
  const kind = chance.pick(['flip', 'set', 'huge', 'cut', 'insert', 'remove', 'repeat', 'splice', 'trail'] as const)
  switch (kind) {
    case 'flip':
      return changed(bytes, at, (byte) => byte ^ (1 << chance.integer(0, 7)))
    case 'set':
      return changed(bytes, at, () => chance.pick([0, 1, 2, 0x7f, 0x80, 0xff]))
    case 'huge':
      // A length or a clock of forty bits and more.
      return joined(bytes.subarray(0, at), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x3f), bytes.subarray(at + 1))
    case 'cut':
      return bytes.slice(0, at)
    case 'insert':
      return joined(bytes.subarray(0, at), chance.bytes(chance.integer(1, 8)), bytes.subarray(at))
    case 'remove':
      return joined(bytes.subarray(0, at), bytes.subarray(at + chance.integer(1, 4)))
    case 'repeat':
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 8)))
    case 'splice':
      return joined(bytes.subarray(0, at), chance.pick(others).subarray(at))
    case 'trail':
      return joined(bytes, chance.bytes(chance.integer(1, 4)))
  }
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice()
  const byte = copy[at]
  if (byte !== undefined) copy[at] = change(byte)
  return copy
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
