/** What the editor draws for those who write. Loaded when somebody comes to the text, so that it is soon seen and readers do without. */

export { BlockHandle } from './block-handle.ts'
export { CodeLanguage } from './code-language.ts'
export { FindPanel } from './find-replace.ts'
export { HelpSheet } from './help-sheet.ts'
export { ImageBubble } from './image-bubble.ts'
export { LinkBubble } from './link-bubble.ts'
export { bubbleItems, slashItems } from './menu-items.ts'
export { NewsTeller } from './news-teller.ts'
export { SelectionBubble } from './selection-bubble.ts'
export { SlashMenu } from './slash-menu.ts'
