import { useState } from 'react'

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)

/** Equal in what they hold, `depth` levels deep. Anything that is no list or table is compared by identity. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true
  if (depth === 0 || !isPlain(a) || !isPlain(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => isSame(Reflect.get(a, key), Reflect.get(b, key), depth - 1))
}

/** Options, the tables in them, and plural forms in those. */
const DEPTH = 3

/** The former object for as long as what is in it stays the same: written in the component, it is a new one at each render. */
export function useSteady<Value>(value: Value): Value {
  const [steady, setSteady] = useState(value)
  if (isSame(steady, value, DEPTH)) return steady
  setSteady(value)
  return value
}
