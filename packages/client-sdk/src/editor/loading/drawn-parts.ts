/** What the editor draws, and where it keeps the caret, for those who write. Loaded when somebody comes to the text, so that it is soon seen and readers do without. */

export { dropCursor } from 'prosemirror-dropcursor'
export { BlockHandle } from '../boxes/block-handle.ts'
export { CodeLanguage } from '../boxes/code-language.ts'
export { FindPanel } from '../boxes/find-replace.ts'
export { HelpSheet } from '../boxes/help-sheet.ts'
export { ImageBubble } from '../boxes/image-bubble.ts'
export { LinkBubble } from '../boxes/link-bubble.ts'
export { bubbleItems, slashItems } from '../boxes/menu-items.ts'
export { NewsTeller } from '../presence/news-teller.ts'
export { withMovedWords } from '../sharing/moved-words.ts'
export { SelectionBubble } from '../boxes/selection-bubble.ts'
export { SlashMenu } from '../boxes/slash-menu.ts'
