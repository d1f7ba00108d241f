/** A component's own class with what the application adds to it. */
export const className = (own: string, added: string | undefined): string =>
  added === undefined || added === '' ? own : `${own} ${added}`
