import * as Y from 'yjs'
import { SheafError } from './errors.ts'

const marker = Symbol.for('sheaf.yjs')
type Marked = { [marker]?: unknown }

/**
 * Two copies of yjs (two versions, or ESM beside CommonJS) lose text without a word: their classes are not each other's.
 * Give the `Doc` of the yjs that your own code imports to have it compared too.
 * @throws {SheafError} `duplicate-yjs`
 */
export function assertOneYjs(doc: unknown = Y.Doc): void {
  const scope = globalThis as Marked
  scope[marker] ??= Y.Doc
  if (scope[marker] !== Y.Doc || doc !== Y.Doc) throw new SheafError('duplicate-yjs')
}
