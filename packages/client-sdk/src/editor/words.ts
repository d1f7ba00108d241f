import { PAGE_ENGLISH } from '../words.ts'
import type { Counting, PageWords, Plural } from '../words.ts'

/**
 * Every word of the editor's interface, in English. What stands in braces is put in: a name, a number, keys.
 * The toolbars and menus of the bindings go by the same table.
 */
export const ENGLISH = {
  // The text
  document: 'Document',
  foreign:
    'This document holds content that this version of the editor does not know. It is shown read-only, so that nothing of it is lost.',
  otherSchema:
    'This document was written with another kind of editor. It is shown read-only, so that nothing of it is lost.',
  unknownContent: 'Content that this editor does not know ({name})',
  task: 'Task',

  // Buttons of the toolbar, and the kinds of blocks
  formatting: 'Formatting',
  textStyle: 'Text style',
  undo: 'Undo',
  redo: 'Redo',
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strike: 'Strikethrough',
  highlight: 'Highlight',
  code: 'Inline code',
  link: 'Link',
  bulletList: 'Bulleted list',
  orderedList: 'Numbered list',
  taskList: 'Task list',
  quote: 'Quote',
  divider: 'Divider',
  table: 'Table',
  image: 'Image',
  addRow: 'Add row below',
  addColumn: 'Add column after',
  deleteRow: 'Delete row',
  deleteColumn: 'Delete column',
  headerRow: 'Header row',
  deleteTable: 'Delete table',
  text: 'Text',
  heading1: 'Heading 1',
  heading2: 'Heading 2',
  heading3: 'Heading 3',
  codeBlock: 'Code block',

  // The menu after a slash, and by which other words its entries are found
  insert: 'Insert',
  findText: 'paragraph plain',
  findHeading1: 'title h1 #',
  findHeading2: 'subtitle h2 ##',
  findHeading3: 'h3 ###',
  findCodeBlock: 'pre ```',
  findBulletList: 'unordered ul points',
  findOrderedList: 'ol 1.',
  findTaskList: 'todo checkbox check',
  findQuote: 'blockquote cite >',
  findDivider: 'line hr rule ---',
  findTable: 'grid rows columns',
  findImage: 'picture photo upload',

  // The buttons above selected words
  selectedWords: 'Selected words',

  // The handle of a block, and its menu
  moveBlock: 'Move this block',
  moveBlockHint: 'Drag to move, click for more ({keys})',
  block: 'Block',
  moveUp: 'Move up',
  moveDown: 'Move down',
  duplicate: 'Duplicate',
  delete: 'Delete',

  // Links
  linkAddress: 'Link address',
  linkExample: 'example.com',
  editLink: 'Edit link',
  removeLink: 'Remove link',
  apply: 'Apply',
  badAddress: 'This is no address that a link may have.',

  // Images
  imageWidth: 'Width of the image',
  imageWidthNow: '{width} pixels',
  altText: 'Alternative text',
  altTextHint: 'Describe the image for those who cannot see it',
  ownSize: 'Own size',
  remove: 'Remove',
  uploading: 'Uploading {name}',
  anImage: 'an image',
  theImage: 'The image',
  imagesOff: 'Images cannot be added to this document.',
  imageType: '{name} is no image that can be shown here. PNG, JPEG, GIF, WebP and AVIF can.',
  imageTooLarge: '{name} has {size} MB, and an image may have {limit} MB at most. It was not added.',
  imageFailed: '{name} could not be uploaded. It was not added.',
  imageFailedWhy: '{name} could not be uploaded ({reason}). It was not added.',
  imageAddressBad: 'its address cannot be shown',
  imageNoRight: 'the document cannot be changed now',
  imageDropped: 'An image of what was pasted could not be taken over.',

  // Code
  codeLanguage: 'Language of the code',
  language: 'Language',

  // Find and replace
  findAndReplace: 'Find and replace',
  find: 'Find',
  replaceWith: 'Replace with',
  matchCase: 'Match case',
  previousMatch: 'Previous match',
  nextMatch: 'Next match',
  replace: 'Replace',
  replaceAll: 'Replace all',
  close: 'Close',
  noMatch: 'No match',
  matches: '{count} found',
  matchOf: '{index} of {count}',

  // Messages
  closeMessage: 'Close this message',
  pasteTooLarge:
    'What you pasted is too long for one paste ({size} characters; {limit} at most). Nothing was added. Paste it in parts.',
  copiedAsHtml: 'Copied as HTML.',
  copiedAsMarkdown: 'Copied as Markdown.',
  readOnly: 'You cannot change this document any more. What was written until now is kept.',
  copyFailed: 'The browser did not let this be copied.',

  // The sheet of keys
  keys: 'Keyboard shortcuts',
  keysOfWords: 'Words',
  keysOfBlocks: 'Blocks',
  keysOfLists: 'Lists and tables',
  keysOfDocument: 'Document',
  moveBlockUp: 'Move block up',
  moveBlockDown: 'Move block down',
  blockMenu: 'Menu of the block',
  deeper: 'Deeper, or next cell',
  back: 'Back, or previous cell',
  tick: 'Tick a task',
  lineBreak: 'Line break',
  leaveText: 'Let Tab leave the text, once',
  toBox: 'To the box beside the text',
  theseKeys: 'These keys',

  // The others
  somebody: 'Somebody',
  joined: '{name} joined',
  left: '{name} left',
  peopleJoined: '{count} people joined',
  peopleLeft: '{count} people left',
  editsParagraph: '{name} edits paragraph {number}',
  peopleEdit: '{count} people edit',
}

type CountingName = 'matches' | 'peopleJoined' | 'peopleLeft' | 'peopleEdit'

/** The name of a word of the interface. */
export type WordName = Exclude<keyof typeof ENGLISH, CountingName>

/** Every word of the interface in one language. */
export type EditorWords = { readonly [Name in WordName]: string } & { readonly [Name in CountingName]: Counting }

/** Every word that people see or hear: those of the editor, and those beside it. */
export type Words = EditorWords & PageWords

/** The words of an application, and English for those that it leaves out. */
export const wordsOf = (own: Partial<EditorWords> = {}): EditorWords => ({ ...ENGLISH, ...own })

const isPlural = (value: unknown): value is Plural => typeof value === 'object' && value !== null

/**
 * Every word, where an application has told some: those that it leaves out are of `others`.
 * @param locale whose plural forms the told words have. Those of English unless told
 */
export function allWords(own: Partial<Words> = {}, locale?: string, others?: Words): Words {
  const bound = Object.entries(own).map(([name, value]) => [name, isPlural(value) ? { locale, ...value } : value])
  return { ...(others ?? { ...ENGLISH, ...PAGE_ENGLISH }), ...(Object.fromEntries(bound) as Partial<Words>) }
}

export { filled } from '../words.ts'
