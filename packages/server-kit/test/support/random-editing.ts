import * as Y from 'yjs'

/** Numbers from a seed (mulberry32), so that a failing run can be run again. */
export class SeededRandom {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1, exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

const BLOCKS = ['paragraph', 'heading', 'blockquote', 'code_block', 'bullet_list', 'horizontal_rule'] as const
const WORDS = ['we ', 'write ', 'together', ', naïve ', '日本', '👩‍🚀', ' — ', '\n', 'x', 'lorem ipsum dolor ']
const MARKS: readonly Record<string, unknown>[] = [
  { strong: {} },
  { em: {} },
  { strong: null },
  { link: { href: 'https://example.org/a?b=c', title: null } },
  { link: { href: 'mailto:somebody@example.org' } },
  { link: null },
  { highlight: { color: 'yellow' } },
]

/** All types inside a fragment, the deleted ones not. */
export function typesIn(fragment: Y.XmlFragment): { elements: Y.XmlElement[]; texts: Y.XmlText[] } {
  const elements: Y.XmlElement[] = []
  const texts: Y.XmlText[] = []
  const visit = (parent: Y.XmlFragment): void => {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) texts.push(child)
      else if (child instanceof Y.XmlElement) {
        elements.push(child)
        visit(child)
      }
    }
  }
  visit(fragment)
  return { elements, texts }
}

function newBlock(random: SeededRandom, depth = 0): Y.XmlElement {
  const name = random.pick(BLOCKS)
  const block = new Y.XmlElement(name)
  if (name === 'heading') block.setAttribute('level', 2 as unknown as string)
  if (name === 'code_block') block.setAttribute('language', 'js')
  if (name === 'horizontal_rule') return block
  if ((name === 'blockquote' || name === 'bullet_list') && depth < 3) {
    block.insert(0, [newBlock(random, depth + 1)])
    return block
  }
  const text = new Y.XmlText()
  text.insert(0, random.pick(WORDS))
  block.insert(0, [text])
  if (random.chance(0.2)) {
    const image = new Y.XmlElement('image')
    image.setAttribute('src', 'https://example.org/a.png')
    image.setAttribute('alt', 'data: a picture')
    block.insert(1, [image, new Y.XmlText('after')])
  }
  return block
}

/** One change such as an editor makes it; may change nothing. */
export function editOnce(doc: Y.Doc, random: SeededRandom): void {
  const root = doc.getXmlFragment('content')
  const { elements, texts } = typesIn(root)
  const text = texts.length > 0 ? random.pick(texts) : null
  const element = elements.length > 0 ? random.pick(elements) : null
  const dice = random.below(100)
  if (dice < 12 || text === null || element === null) {
    root.insert(random.below(root.length + 1), [newBlock(random)])
    return
  }
  if (dice < 55) return text.insert(random.below(text.length + 1), random.pick(WORDS))
  if (dice < 70) {
    const from = random.below(text.length + 1)
    return text.delete(from, random.below(Math.min(8, text.length - from) + 1))
  }
  if (dice < 80) {
    const from = random.below(text.length + 1)
    return text.format(from, random.below(text.length - from + 1), random.pick(MARKS))
  }
  if (dice < 88) {
    const [name, value] = random.pick([
      ['level', 3],
      ['src', 'https://example.org/b.png'],
      ['alt', 'javascript: the good parts'],
      ['order', 7],
      ['checked', true],
      ['src', '/pictures/1.png'],
    ] as const)
    return element.setAttribute(name, value as unknown as string)
  }
  if (dice < 90) return element.removeAttribute('alt')
  if (dice < 91) {
    // With an undo manager, the overwritten values are kept and become one struct of several values.
    return doc.transact(() => {
      for (let level = 1; level < 5; level++) element.setAttribute('level', level as unknown as string)
    })
  }
  if (dice < 94 && element.nodeName === 'blockquote') return element.insert(0, [newBlock(random, 2)])
  if (dice < 98 && root.length > 1) return root.delete(random.below(root.length), 1)
  if (root.length > 3) root.delete(0, 2)
}
