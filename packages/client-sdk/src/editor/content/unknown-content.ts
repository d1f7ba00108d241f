import { Schema } from 'prosemirror-model'
import type { Node, NodeSpec } from 'prosemirror-model'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

const BLOCK = 'sheaf_unknown_block'
const INLINE = 'sheaf_unknown_inline'
const MAX_NAME_LENGTH = 40

const nameOf = (name: unknown): string => (typeof name === 'string' ? name.slice(0, MAX_NAME_LENGTH) : '')

const spec = (tag: 'div' | 'span', inline: boolean, { unknownContent }: EditorWords): NodeSpec => ({
  attrs: { name: { default: '' } },
  inline,
  atom: true,
  toDOM: (node: Node) => {
    const words = filled(unknownContent, { name: nameOf(node.attrs['name']) })
    return [tag, { class: 'sheaf-unknown', role: 'note' }, words]
  },
})

/**
 * A schema that can also show, as a box, where something stands that it does not know. For looking only: a document of it must
 * never be bound to shared content.
 */
export function schemaWithUnknown(schema: Schema, words: EditorWords): Schema {
  const nodes = schema.spec.nodes.append({ [BLOCK]: spec('div', false, words), [INLINE]: spec('span', true, words) })
  return new Schema({ nodes, marks: schema.spec.marks, topNode: schema.topNodeType.name })
}

/** The box for a node of another schema. Null in a schema that has none, where such nodes are left out. */
export const unknownNode = (schema: Schema, name: string, inline: boolean): Node | null =>
  schema.nodes[inline ? INLINE : BLOCK]?.create({ name }) ?? null
