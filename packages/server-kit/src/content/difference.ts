import { diffArrays } from 'diff'
import * as Y from 'yjs'
import type { BlockChange, Content, ContentNode, Json } from './content.ts'
import { contentOf, groupsOf, runsOf, typesOf } from './fragment.ts'
import type { TextRun } from './fragment.ts'

/** Beyond so many changed blocks a diff is no longer looked for: everything between the first and the last is replaced. */
const MAX_EDITS = 2_000

/** What changed between two documents, in blocks. */
export function differenceOf(from: Content, to: Content): BlockChange[] {
  const before = from.content
  const after = to.content
  let [i, j] = [0, 0]
  return editsBetween(before.map(keyOf), after.map(keyOf)).map(({ kind, count }) => {
    const blocks = kind === 'removed' ? before.slice(i, i + count) : after.slice(j, j + count)
    if (kind !== 'added') i += count
    if (kind !== 'removed') j += count
    return { kind, blocks }
  })
}

/**
 * Turns the content of a fragment into `target`. What is equal stays as it is, with its identity, so that people who are
 * typing in it keep typing; inside a block that stays only the text that differs is replaced.
 */
export function turnInto(fragment: Y.XmlFragment, target: readonly ContentNode[]): void {
  const groups = groupsOf(target)
  const before = fragment.toArray().map(typeKey)
  const edits = editsBetween(before, groups.map(groupKey))
  let [at, next] = [0, 0]
  for (const [index, { kind, count }] of edits.entries()) {
    if (kind === 'same') {
      at += count
      next += count
    } else if (kind === 'removed') {
      // What is removed and what is added in its place are the same blocks, changed, as far as they are of one kind.
      const following = edits[index + 1]
      const added = following?.kind === 'added' ? following.count : 0
      let changed = 0
      while (changed < Math.min(count, added) && turnTypeInto(fragment.get(at + changed), groups[next + changed]))
        changed += 1
      at += changed
      next += changed
      if (count > changed) fragment.delete(at, count - changed)
      const rest = groups.slice(next, next + added - changed)
      insertGroups(fragment, at, rest)
      at += rest.length
      next += rest.length
    } else if (edits[index - 1]?.kind !== 'removed') {
      insertGroups(fragment, at, groups.slice(next, next + count))
      at += count
      next += count
    }
  }
}

type Group = ReturnType<typeof groupsOf>[number]

function insertGroups(fragment: Y.XmlFragment, at: number, groups: readonly Group[]): void {
  if (groups.length === 0) return
  const nodes = groups.flatMap((group) =>
    Array.isArray(group)
      ? group.map(({ insert, attributes }): ContentNode => ({ type: 'text', text: insert, marks: marksOf(attributes) }))
      : [group],
  )
  fragment.insert(at, typesOf(nodes))
}

const marksOf = (attributes: Readonly<Record<string, Json>>) =>
  Object.entries(attributes).map(([type, attrs]) => ({ type, attrs: attrs as { readonly [key: string]: Json } }))

/** True where the type could be changed in place. */
function turnTypeInto(type: Y.XmlElement | Y.XmlText | Y.XmlHook, group: Group | undefined): boolean {
  if (group === undefined) return false
  if (Array.isArray(group)) {
    if (!(type instanceof Y.XmlText)) return false
    turnTextInto(type, group)
    return true
  }
  if (!(type instanceof Y.XmlElement) || type.nodeName !== group.type) return false
  const element = type as Y.XmlElement<Record<string, Json>>
  const attrs = group.attrs ?? {}
  const before = element.getAttributes()
  for (const key of Object.keys(before)) if ((attrs[key] ?? null) === null) element.removeAttribute(key)
  for (const [key, value] of Object.entries(attrs))
    if (value !== null && keyOf(before[key]) !== keyOf(value)) element.setAttribute(key, value)
  turnInto(element, group.content ?? [])
  return true
}

/** Replaces what lies between the longest equal beginning and the longest equal end. */
function turnTextInto(text: Y.XmlText, target: readonly TextRun[]): void {
  const before = unitsOf(runsOf(text))
  const after = unitsOf(target)
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start += 1
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  if (before.length > start + end) text.delete(start, before.length - start - end)
  let at = start
  for (const { insert, attributes } of sliceRuns(target, start, after.length - end)) {
    // Marks that the surroundings would lend end here, since the attributes are given.
    text.insert(at, insert, { ...attributes })
    at += insert.length
  }
}

/** One entry per UTF-16 unit: the unit with its marks. Surrogate pairs are kept whole by standing in the first unit. */
function unitsOf(runs: readonly TextRun[]): string[] {
  return runs.flatMap(({ insert, attributes }) => {
    const marks = sortedKey(attributes)
    return Array.from(insert).flatMap((character) =>
      character.length === 1 ? [`${character}${marks}`] : [`${character}1${marks}`, `${character}2${marks}`],
    )
  })
}

function sliceRuns(runs: readonly TextRun[], from: number, to: number): TextRun[] {
  const slices: TextRun[] = []
  let at = 0
  for (const { insert, attributes } of runs) {
    const slice = insert.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (slice !== '') slices.push({ insert: slice, attributes })
    at += insert.length
  }
  return slices
}

interface Edit {
  readonly kind: BlockChange['kind']
  readonly count: number
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start += 1
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  const removed = before.slice(start, before.length - end)
  const added = after.slice(start, after.length - end)
  const middle = diffArrays([...removed], [...added], { maxEditLength: MAX_EDITS })?.map((change): Edit => ({
    kind: change.removed ? 'removed' : change.added ? 'added' : 'same',
    count: change.value.length,
  })) ?? [
    { kind: 'removed', count: removed.length },
    { kind: 'added', count: added.length },
  ]
  const edits: Edit[] = [{ kind: 'same', count: start }, ...middle, { kind: 'same', count: end }]
  return edits.filter(({ count }) => count > 0)
}

const keyOf = (value: unknown): string => JSON.stringify(value, sortKeys) ?? ''

/** Attributes come out of Yjs in the order in which they were written; equal ones must have equal keys. */
const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

const sortedKey = (attributes: TextRun['attributes']): string =>
  Object.keys(attributes).length === 0 ? '' : keyOf(attributes)

function typeKey(type: Y.XmlElement | Y.XmlText | Y.XmlHook): string {
  if (type instanceof Y.XmlText) return runsKey(runsOf(type))
  if (!(type instanceof Y.XmlElement)) return 'unknown'
  return elementKey({
    type: type.nodeName,
    attrs: type.getAttributes() as Record<string, Json>,
    content: contentOf(type).content,
  })
}

const groupKey = (group: Group): string => (Array.isArray(group) ? runsKey(group) : elementKey(group))

const runsKey = (runs: readonly TextRun[]): string =>
  keyOf(['text', ...runs.map(({ insert, attributes }) => [insert, attributes])])

/** Equal for a node from JSON and for one that was read from Yjs, where attributes that are null are not kept. */
function elementKey({ type, attrs = {}, content = [] }: ContentNode): string {
  const present = Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== null))
  return keyOf([type, present, ...groupsOf(content).map(groupKey)])
}
