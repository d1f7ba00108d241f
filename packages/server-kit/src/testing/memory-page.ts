/** One page of what stands under ascending ids. */
export const pageById = <T>(records: ReadonlyMap<string, T>, limit: number, after: string | undefined): T[] =>
  [...records]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([id]) => after === undefined || id > after)
    .slice(0, limit)
    .map(([, record]) => record)
