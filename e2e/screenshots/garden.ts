import { deflateSync } from 'node:zlib'
import type { ContentNode } from '../support/api.ts'

const text = (words: string, ...marks: string[]): ContentNode => ({
  type: 'text',
  text: words,
  ...(marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) }),
})
const link = (words: string, href: string): ContentNode => ({
  type: 'text',
  text: words,
  marks: [{ type: 'link', attrs: { href } }],
})
const paragraph = (...content: ContentNode[]): ContentNode => ({ type: 'paragraph', content })
const heading = (level: number, words: string): ContentNode => ({
  type: 'heading',
  attrs: { level },
  content: [text(words)],
})
const item = (...content: ContentNode[]): ContentNode => ({ type: 'list_item', content: [paragraph(...content)] })
const task = (checked: boolean, words: string): ContentNode => ({
  type: 'task_item',
  attrs: { checked },
  content: [paragraph(text(words))],
})
const row = (type: 'table_header' | 'table_cell', ...cells: string[]): ContentNode => ({
  type: 'table_row',
  content: cells.map((words) => ({ type, content: [paragraph(text(words))] })),
})

export const TITLE = 'A garden on the roof'

/** A document that people could really be writing. */
export const GARDEN: readonly ContentNode[] = [
  heading(1, TITLE),
  paragraph(
    text('Forty square metres above the library are empty. By '),
    text('May', 'strong'),
    text(' they could hold herbs, two pear trees and a bench from which one sees the river. '),
  ),
  heading(2, 'What we need'),
  {
    type: 'bullet_list',
    content: [
      item(text('Soil: eleven cubic metres, '), text('light', 'em'), text(' enough for the old beams')),
      item(text('Water from the cistern, with a pump that runs on the roof’s own panels')),
      item(text('Somebody with a key on Saturdays')),
    ],
  },
  {
    type: 'blockquote',
    content: [paragraph(text('The beams carry 350 kg per square metre, says the survey of last autumn.'))],
  },
  heading(2, 'Next steps'),
  {
    type: 'ordered_list',
    attrs: { order: 1 },
    content: [item(text('Ask the neighbours about the crane')), item(text('Order the pear trees before February'))],
  },
]

export const KINDS_TITLE = 'Planting plan'

/** Every kind of content. @param picture address of an image */
export const everyKind = (picture: string): readonly ContentNode[] => [
  heading(1, KINDS_TITLE),
  paragraph(
    text('What goes where, and who does it. '),
    text('Agreed', 'strong'),
    text(' on Monday, '),
    text('subject to the frost', 'em'),
    text('; the '),
    text('old list', 'strike'),
    text(' is void, the '),
    text('pears come first', 'highlight'),
    text(', as the '),
    link('survey', 'https://example.com/survey'),
    text(' says.'),
  ),
  {
    type: 'task_list',
    content: [task(true, 'Measure the beams'), task(true, 'Ask the neighbours'), task(false, 'Order the pear trees')],
  },
  {
    type: 'table',
    content: [
      row('table_header', 'Bed', 'Plants', 'Soil'),
      row('table_cell', 'South', 'Thyme, sage, rosemary', '0.8 m³'),
      row('table_cell', 'River side', 'Two pear trees', '4.2 m³'),
    ],
  },
  paragraph({ type: 'image', attrs: { src: picture, alt: 'Hills in the evening', width: 420 } }),
  {
    type: 'code_block',
    attrs: { language: 'javascript' },
    content: [text('const litres = beds.reduce((sum, bed) => sum + bed.area * 4, 0)')],
  },
  { type: 'horizontal_rule' },
  {
    type: 'blockquote',
    content: [paragraph(text('A garden is never finished; that is the point of it.'))],
  },
]

function crc32(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

type Color = readonly [number, number, number]
const mix = (one: Color, other: Color, part: number): Color => [
  one[0] + (other[0] - one[0]) * part,
  one[1] + (other[1] - one[1]) * part,
  one[2] + (other[2] - one[2]) * part,
]

/** Three lines of hills below an evening sky, as a PNG. */
export function hills(width = 840, height = 300): Buffer {
  const pixels = Buffer.alloc(height * (1 + width * 3))
  const ranges: readonly { readonly color: Color; readonly at: (x: number) => number }[] = [
    { color: [118, 131, 178], at: (x) => 0.52 + 0.1 * Math.sin(x * 5 + 1) },
    { color: [74, 92, 138], at: (x) => 0.66 + 0.08 * Math.sin(x * 7 + 3) },
    { color: [38, 54, 92], at: (x) => 0.82 + 0.06 * Math.sin(x * 9) },
  ]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let color = mix([250, 214, 165], [178, 190, 226], 1 - y / height)
      for (const range of ranges) if (y / height > range.at(x / width)) color = range.color
      pixels.set(color.map(Math.round), y * (1 + width * 3) + 1 + x * 3)
    }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
