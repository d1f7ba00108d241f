import { SheafServerError } from '../errors.ts'
import type { Content, ContentMark, ContentNode, Json } from './content.ts'
import { isSafeUrl } from './links.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_NODES = 200_000
const MAX_DEPTH = 90
/** As in the editor, which lays out a place for each column and row that a cell covers. */
const MAX_CELL_SPAN = 100
const MAX_TEXT = 4 * 1024 * 1024

/**
 * Reads the JSON of a document that came from outside: known fields only, names that can be node names, no link that
 * runs code. Node names are not limited to our editor's: an integrator may bring an own schema.
 * @throws {SheafServerError} `bad-content`
 */
export function readContent(value: unknown): Content {
  const budget = { nodes: MAX_NODES, text: MAX_TEXT }
  if (!isObject(value) || value['type'] !== 'doc') throw bad('the outermost node must be {"type": "doc"}')
  const content = readChildren(value['content'], 1, budget)
  if (content.some(({ type }) => type === 'text')) throw bad('text cannot stand at the top of a document')
  return { type: 'doc', content }
}

interface Budget {
  nodes: number
  text: number
}

function readChildren(value: unknown, depth: number, budget: Budget): ContentNode[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw bad('"content" must be a list')
  if (depth > MAX_DEPTH) throw bad('the nodes are nested too deeply')
  return value.map((child) => readNode(child, depth, budget))
}

function readNode(value: unknown, depth: number, budget: Budget): ContentNode {
  budget.nodes -= 1
  if (budget.nodes < 0) throw bad('there are too many nodes')
  if (!isObject(value)) throw bad('a node must be an object')
  const type = readName(value['type'])
  const marks = readMarks(value['marks'])
  if (type === 'text') {
    const text = value['text']
    if (typeof text !== 'string' || text === '') throw bad('a text node needs a text that is not empty')
    budget.text -= text.length
    if (budget.text < 0) throw bad('the text is too long')
    return marks.length === 0 ? { type, text } : { type, text, marks }
  }
  if (value['text'] !== undefined) throw bad('only a text node has a text')
  const attrs = readAttrs(value['attrs'])
  const content = readChildren(value['content'], depth + 1, budget)
  return { type, ...(attrs === null ? {} : { attrs }), ...(content.length === 0 ? {} : { content }) }
}

function readMarks(value: unknown): ContentMark[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length > 16) throw bad('"marks" must be a short list')
  return value.map((mark) => {
    if (!isObject(mark)) throw bad('a mark must be an object')
    const attrs = readAttrs(mark['attrs'])
    return { type: readName(mark['type']), ...(attrs === null ? {} : { attrs }) }
  })
}

function readAttrs(value: unknown): Record<string, Json> | null {
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw bad('"attrs" must be an object')
  const attrs: Record<string, Json> = {}
  for (const [key, attr] of Object.entries(value)) {
    if (DANGEROUS_KEYS.has(key) || key.length > 64) throw bad('an attribute has a name that is not allowed')
    if ((key === 'href' || key === 'src') && attr !== null && !(typeof attr === 'string' && isSafeUrl(attr)))
      throw bad('a link or an image has an address that is not allowed')
    if ((key === 'colspan' || key === 'rowspan') && !isCellSpan(attr))
      throw bad(`a cell of a table covers a number of places that is not 1 to ${MAX_CELL_SPAN}`)
    attrs[key] = readJson(attr, 0)
  }
  return Object.keys(attrs).length === 0 ? null : attrs
}

const isCellSpan = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_CELL_SPAN

function readJson(value: unknown, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (depth >= 4) throw bad('an attribute is nested too deeply')
  if (Array.isArray(value)) return value.map((item) => readJson(item, depth + 1))
  if (!isObject(value)) throw bad('an attribute has a value that JSON does not have')
  const copy: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) {
    if (DANGEROUS_KEYS.has(key)) throw bad('an attribute has a name that is not allowed')
    copy[key] = readJson(item, depth + 1)
  }
  return copy
}

function readName(value: unknown): string {
  if (typeof value !== 'string' || !NAME.test(value)) throw bad('a node or a mark has no valid type')
  return value
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bad = (why: string): SheafServerError => new SheafServerError('bad-content', `The content is not valid: ${why}.`)
