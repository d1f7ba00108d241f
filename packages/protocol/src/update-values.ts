import { refuse } from './update-columns.ts'
import type { Stretch } from './update-columns.ts'

/** Nesting of lists and records inside one value; the attributes of a node or a mark are flat in practice. */
const MAX_VALUE_DEPTH = 32

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const LINK_KEYS: ReadonlySet<string> = new Set(['href', 'src'])
const LINK_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel'])

/** Refuses the names under which a value could reach the prototype of the object that it is put into. */
export function checkKey(key: string): void {
  if (FORBIDDEN_KEYS.has(key)) refuse('forbidden-key', 'a key could change a prototype')
}

/** True for the names whose value a browser may follow or load. */
export const isLinkKey = (key: string): boolean => LINK_KEYS.has(key.length <= 4 ? key.toLowerCase() : key)

/**
 * True for a link whose scheme is allowed, or that has none. Whitespace and control characters are left out first, as
 * browsers do: `java\nscript:` is a script.
 */
export function isAllowedLink(link: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const bare = link.replace(/[\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/g, '')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]
  return scheme === undefined || LINK_SCHEMES.has(scheme.toLowerCase())
}

/** Whether a value could stand under the name of a link. */
export type LinkVerdict = 'allowed' | 'forbidden'

/**
 * Passes over one value, in lib0's "any" encoding, without building it. Refuses keys that reach a prototype, forbidden
 * links under the names of links at any depth, and kinds of values that JSON does not have.
 * @returns whether the value itself may stand as a link: a text with an allowed scheme, or nothing at all.
 */
export function checkValue(rest: Stretch, depth = 0): LinkVerdict {
  if (depth > MAX_VALUE_DEPTH) refuse('too-deep', 'a value is nested too deeply')
  switch (rest.byte()) {
    case 127: // undefined
    case 126: // null
      return 'allowed'
    case 125:
      rest.varint()
      return 'forbidden'
    case 124:
      rest.skip(4)
      return 'forbidden'
    case 123:
      rest.skip(8)
      return 'forbidden'
    case 121: // false
    case 120: // true
      return 'forbidden'
    case 119:
      return isAllowedLink(rest.text()) ? 'allowed' : 'forbidden'
    case 118:
      for (let left = rest.varuint(); left > 0; left--) {
        const key = rest.text()
        checkKey(key)
        const verdict = checkValue(rest, depth + 1)
        if (verdict === 'forbidden' && isLinkKey(key)) refuseLink()
      }
      return 'forbidden'
    case 117:
      for (let left = rest.varuint(); left > 0; left--) checkValue(rest, depth + 1)
      return 'forbidden'
    case 122: // big integers and bytes: JSON has neither
    case 116:
      return refuse('content-type', 'a value is of a kind that JSON does not have')
    default:
      return refuse('malformed', 'a value is of no known kind')
  }
}

export const refuseLink = (): never => refuse('forbidden-link', 'the scheme of a link is not allowed')
