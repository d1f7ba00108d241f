import { Fragment, Mark } from 'prosemirror-model'
import type { MarkType, Node, NodeType, Schema } from 'prosemirror-model'
import { XmlElement, XmlText } from 'yjs'
import type { AbstractType, XmlFragment } from 'yjs'
import { isCellSpan } from './table-nodes.ts'
import { unknownNode } from './unknown-content.ts'

/** Which node shows which shared type: what y-prosemirror keeps between two changes. */
// oxlint-disable-next-line typescript/no-explicit-any -- the type parameter of Yjs is an event type that nobody here reads
export type ContentMapping = Map<AbstractType<any>, Node | Node[]>

/** Something that the schema of this editor has no place for. */
export interface ForeignContent {
  readonly kind: 'node' | 'mark' | 'attribute' | 'structure'
  /** The name of the node, the mark or the attribute. */
  readonly name: string
}

/** What a schema makes of the shared content. */
export interface ContentReading {
  /** What of the content the schema knows. The whole content if `foreign` is empty. */
  readonly doc: Node
  readonly mapping: ContentMapping
  /** Empty when the content may be bound to an editor without losing anything. */
  readonly foreign: readonly ForeignContent[]
  /** Empty shells left out, such as a list without items: what is left when two people deleted one half each. */
  readonly leftOut: number
}

interface Reader {
  readonly schema: Schema
  readonly mapping: ContentMapping
  readonly known: (type: XmlElement) => Node | undefined
  readonly foreign: ForeignContent[]
  leftOut: number
}

// y-prosemirror writes a mark that may stand several times on one text as `name--hash`.
const markName = (key: string): string => /^(.*)--[a-zA-Z0-9+/=]{8}$/.exec(key)?.[1] ?? key

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const hasAttribute = (type: NodeType | MarkType, name: string): boolean => Object.hasOwn(type.spec.attrs ?? {}, name)

/** A cell that claims a thousand million columns stops everybody's page as soon as its table is laid out. */
const isOversized = (type: NodeType, attribute: string, value: unknown): boolean =>
  type.spec['tableRole'] !== undefined && /^(?:col|row)span$/.test(attribute) && !isCellSpan(value)

function readMark(reader: Reader, key: string, value: unknown): Mark | null {
  const name = markName(key)
  const type = reader.schema.marks[name]
  if (type === undefined) {
    reader.foreign.push({ kind: 'mark', name })
    return null
  }
  const attrs = isRecord(value) ? value : {}
  for (const attribute of Object.keys(attrs))
    if (!hasAttribute(type, attribute)) reader.foreign.push({ kind: 'attribute', name: `${name}.${attribute}` })
  try {
    return type.create(attrs)
  } catch {
    // ProseMirror throws for an attribute that has no default and no value.
    reader.foreign.push({ kind: 'structure', name })
    return null
  }
}

function readText(reader: Reader, ytext: XmlText): Node[] {
  const nodes: Node[] = []
  for (const { insert, attributes } of ytext.toDelta() as { insert: unknown; attributes?: unknown }[]) {
    if (typeof insert !== 'string') {
      reader.foreign.push({ kind: 'structure', name: 'embed' })
      continue
    }
    const marks = isRecord(attributes)
      ? Object.entries(attributes)
          .map(([key, value]) => readMark(reader, key, value))
          .filter((mark) => mark !== null)
      : []
    nodes.push(reader.schema.text(insert, Mark.setFrom(marks)))
  }
  return nodes
}

/** True when something a person wrote or put there would be lost with this element. */
function holdsContent(element: XmlElement, schema: Schema): boolean {
  const type = schema.nodes[element.nodeName]
  if (type === undefined || (type.isLeaf && type.name !== 'hard_break')) return true
  return element
    .toArray()
    .some((child) => (child instanceof XmlElement ? holdsContent(child, schema) : String(child).length > 0))
}

function readElement(reader: Reader, element: XmlElement, inline: boolean): Node | null {
  const known = reader.known(element)
  if (known !== undefined) {
    reader.mapping.set(element, known)
    return known
  }
  const type = reader.schema.nodes[element.nodeName]
  if (type === undefined || type.isText || type === reader.schema.topNodeType) {
    reader.foreign.push({ kind: 'node', name: element.nodeName })
    return unknownNode(reader.schema, element.nodeName, inline)
  }
  const attrs = element.getAttributes() as Record<string, unknown>
  for (const [attribute, value] of Object.entries(attrs))
    if (!hasAttribute(type, attribute) || isOversized(type, attribute, value))
      reader.foreign.push({ kind: 'attribute', name: `${type.name}.${attribute}` })
  const foreignBefore = reader.foreign.length
  const content = Fragment.from(readChildren(reader, element))
  const foreignBelow = reader.foreign.length > foreignBefore
  if (!type.validContent(content) && !foreignBelow) {
    if (holdsContent(element, reader.schema)) reader.foreign.push({ kind: 'structure', name: type.name })
    else {
      reader.leftOut += 1
      return null
    }
  }
  try {
    const node = type.create(attrs, content)
    reader.mapping.set(element, node)
    return node
  } catch {
    reader.foreign.push({ kind: 'structure', name: type.name })
    return null
  }
}

function readChildren(reader: Reader, parent: XmlFragment | XmlElement): Node[] {
  const nodes: Node[] = []
  const inline = parent instanceof XmlElement && reader.schema.nodes[parent.nodeName]?.inlineContent === true
  for (const child of parent.toArray()) {
    if (child instanceof XmlElement) {
      const node = readElement(reader, child, inline)
      if (node !== null) nodes.push(node)
    } else if (child instanceof XmlText) nodes.push(...readText(reader, child))
    else reader.foreign.push({ kind: 'structure', name: 'hook' })
  }
  return nodes
}

/**
 * Reads the shared content as a ProseMirror document and changes nothing. Upstream's way of reading deletes, for everybody,
 * what the schema does not know; this one names it.
 *
 * @param known nodes of an earlier reading that are still right, so that only what changed is read
 */
export function readContent(
  fragment: XmlFragment,
  schema: Schema,
  known: (type: XmlElement) => Node | undefined = () => undefined,
): ContentReading {
  const reader: Reader = { schema, mapping: new Map(), known, foreign: [], leftOut: 0 }
  const content = Fragment.from(readChildren(reader, fragment))
  const top = schema.topNodeType
  if (content.childCount > 0 && !top.validContent(content) && reader.foreign.length === 0)
    reader.foreign.push({ kind: 'structure', name: top.name })
  const empty = content.childCount === 0 ? top.createAndFill() : null
  const doc = empty ?? top.create(null, content)
  return { doc, mapping: reader.mapping, foreign: reader.foreign, leftOut: reader.leftOut }
}
