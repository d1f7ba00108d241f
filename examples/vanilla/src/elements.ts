/** An element of the page. @throws {Error} where there is none of this kind */
export function byId<E extends HTMLElement = HTMLElement>(id: string, kind?: abstract new () => E): E {
  const element = document.getElementById(id)
  if (element === null || (kind !== undefined && !(element instanceof kind))) throw new Error(`there is no #${id}`)
  return element as E
}
