const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)

/** Options, the tables in them, and plural forms in those. */
const DEPTH = 3

/**
 * Whether two sets of options, or two tables of words, say the same, so that nothing has to be made anew where they were written in a
 * component. Lists and tables are compared by what is in them, everything else, such as a schema, by identity.
 */
export function sameOptions(a: unknown, b: unknown, depth = DEPTH): boolean {
  if (Object.is(a, b)) return true
  if (depth === 0 || !isPlain(a) || !isPlain(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => sameOptions(Reflect.get(a, key), Reflect.get(b, key), depth - 1))
}
