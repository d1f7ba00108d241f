import * as Y from 'yjs'
import type { Content, ContentMark, ContentNode, Json } from './content.ts'

/** One stretch of text with the same marks, as Yjs tells it. */
export interface TextRun {
  readonly insert: string
  readonly attributes: Readonly<Record<string, Json>>
}

/** y-prosemirror names a mark that may overlap with its like by its name and a hash. */
const HASHED_MARK = /^(.*)--[a-zA-Z0-9+/=]{8}$/

/** The document that a fragment holds. Reads only. */
export function contentOf(fragment: Y.XmlFragment): Content {
  return { type: 'doc', content: fragment.toArray().flatMap(nodesOf) }
}

function nodesOf(type: Y.XmlElement | Y.XmlText | Y.XmlHook): ContentNode[] {
  if (type instanceof Y.XmlText) return runsOf(type).map(textNode)
  if (!(type instanceof Y.XmlElement)) return []
  const attrs = type.getAttributes() as Record<string, Json>
  const content = type.toArray().flatMap(nodesOf)
  return [
    {
      type: type.nodeName,
      ...(Object.keys(attrs).length === 0 ? {} : { attrs }),
      ...(content.length === 0 ? {} : { content }),
    },
  ]
}

export function runsOf(text: Y.XmlText): TextRun[] {
  const delta = text.toDelta() as { insert?: unknown; attributes?: Record<string, Json> }[]
  return delta.flatMap(({ insert, attributes }) =>
    typeof insert === 'string' ? [{ insert, attributes: attributes ?? {} }] : [],
  )
}

function textNode({ insert, attributes }: TextRun): ContentNode {
  const marks = Object.entries(attributes).map(([name, attrs]): ContentMark => {
    const type = HASHED_MARK.exec(name)?.[1] ?? name
    return isAttrs(attrs) && Object.keys(attrs).length > 0 ? { type, attrs } : { type }
  })
  return { type: 'text', text: insert, ...(marks.length === 0 ? {} : { marks }) }
}

const isAttrs = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** New Yjs types for nodes; neighbouring text nodes become one text, as y-prosemirror keeps it. */
export function typesOf(nodes: readonly ContentNode[]): (Y.XmlElement | Y.XmlText)[] {
  return groupsOf(nodes).map((group) => (Array.isArray(group) ? textType(group) : elementType(group)))
}

function elementType(node: ContentNode): Y.XmlElement {
  const element = new Y.XmlElement<Record<string, Json>>(node.type)
  for (const [key, value] of Object.entries(node.attrs ?? {})) if (value !== null) element.setAttribute(key, value)
  element.insert(0, typesOf(node.content ?? []))
  return element as Y.XmlElement
}

function textType(runs: readonly TextRun[]): Y.XmlText {
  const text = new Y.XmlText()
  text.applyDelta([...runs])
  return text
}

/** Elements as they are, and each stretch of neighbouring text nodes as its runs. */
export function groupsOf(nodes: readonly ContentNode[]): (ContentNode | TextRun[])[] {
  const groups: (ContentNode | TextRun[])[] = []
  for (const node of nodes) {
    if (node.type !== 'text') {
      groups.push(node)
      continue
    }
    const run = { insert: node.text ?? '', attributes: attributesOf(node.marks ?? []) }
    const last = groups.at(-1)
    if (Array.isArray(last)) last.push(run)
    else groups.push([run])
  }
  return groups
}

function attributesOf(marks: readonly ContentMark[]): Record<string, Json> {
  return Object.fromEntries(marks.map(({ type, attrs }) => [type, attrs ?? {}]))
}
