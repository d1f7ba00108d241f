/** A value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface ContentMark {
  readonly type: string
  readonly attrs?: { readonly [key: string]: Json }
}

/** ProseMirror's JSON of one node. */
export interface ContentNode {
  readonly type: string
  readonly attrs?: { readonly [key: string]: Json }
  readonly content?: readonly ContentNode[]
  readonly text?: string
  readonly marks?: readonly ContentMark[]
}

/** A whole document: `{type: 'doc', content: [...]}`. */
export interface Content {
  readonly type: 'doc'
  readonly content: readonly ContentNode[]
}

/** Ways in which content is given out. `update` is one Yjs update in V2 format. */
export const CONTENT_FORMATS = ['json', 'html', 'markdown', 'update'] as const
export type ContentFormat = (typeof CONTENT_FORMATS)[number]

/** Content in one format: the JSON document, the text, or the bytes. */
export type Rendered =
  | { readonly format: 'json'; readonly content: Content }
  | { readonly format: 'html'; readonly text: string }
  | { readonly format: 'markdown'; readonly text: string }
  | { readonly format: 'update'; readonly update: Uint8Array }

/** One stretch of the difference between two documents, in blocks. */
export interface BlockChange {
  readonly kind: 'same' | 'removed' | 'added'
  readonly blocks: readonly ContentNode[]
}
