import type { Node } from 'prosemirror-model'

/** How long the text is. */
export interface WordCount {
  readonly words: number
  /** As people count them: an accented letter or a joined emoji is one. Line breaks are none. */
  readonly characters: number
}

const segmenters =
  typeof Intl.Segmenter === 'function'
    ? {
        words: new Intl.Segmenter(undefined, { granularity: 'word' }),
        characters: new Intl.Segmenter(undefined, { granularity: 'grapheme' }),
      }
    : null

/** Blocks of text that were counted. Nodes never change, so a document is counted anew only where it did. */
const counted = new WeakMap<Node, WordCount>()

function countText(text: string): WordCount {
  if (segmenters === null) return { words: text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0, characters: [...text].length }
  let words = 0
  for (const { isWordLike } of segmenters.words.segment(text)) if (isWordLike === true) words += 1
  // Plain Latin needs no segmenter, which takes a hundred times as long.
  const plain = /^[\u0020-\u024f]*$/.test(text)
  return { words, characters: plain ? text.length : [...segmenters.characters.segment(text)].length }
}

function countBlock(block: Node): WordCount {
  const known = counted.get(block)
  if (known !== undefined) return known
  const count = countText(block.textBetween(0, block.content.size, '', ' '))
  counted.set(block, count)
  return count
}

/** Words and characters of a document. Works for languages without spaces, where the browser knows their words. */
export function wordCountOf(doc: Node): WordCount {
  let [words, characters] = [0, 0]
  doc.descendants((node) => {
    if (!node.isTextblock) return true
    const count = countBlock(node)
    words += count.words
    characters += count.characters
    return false
  })
  return { words, characters }
}
