import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'

/** The documentation that people read: paths relative to the root. */
export const documents = () =>
  repositoryFiles().filter((path) => path.endsWith('.md') && !path.split('/').includes('node_modules'))

/** @returns {import('mdast').Root} */
export const parse = (path) => fromMarkdown(readFileSync(join(root, path), 'utf8'))

/** A node and everything inside it, in the order of the text. */
export function* nodesOf(node) {
  yield node
  for (const child of node.children ?? []) yield* nodesOf(child)
}

/** The words of a node without their marks. */
export const textOf = (node) => node.value ?? (node.children ?? []).map(textOf).join('')
