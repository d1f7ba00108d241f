import type { Editor } from '../editor.ts'
import type { BubbleItem } from './selection-bubble.ts'
import type { SlashItem } from './slash-menu.ts'
import type { EditorWords, WordName } from '../words.ts'
import { BLOCK_KINDS, LINK_ICON, TOOLBAR_GROUPS } from '../toolbar/toolbar.ts'

/** The kinds of blocks and the buttons that the menu offers, each with the words that it is found by. */
const KEYWORDS: Readonly<Record<string, WordName>> = {
  paragraph: 'findText',
  'heading-1': 'findHeading1',
  'heading-2': 'findHeading2',
  'heading-3': 'findHeading3',
  code_block: 'findCodeBlock',
  bullet_list: 'findBulletList',
  ordered_list: 'findOrderedList',
  task_list: 'findTaskList',
  blockquote: 'findQuote',
  horizontal_rule: 'findDivider',
  table: 'findTable',
  image: 'findImage',
}

/** What the menu after `/` offers: the kinds of blocks, and every button of the toolbar that puts something in. */
export function slashItems(editor: () => Editor, words: EditorWords): SlashItem[] {
  const keywordsOf = (id: string): string => {
    const name = KEYWORDS[id]
    return name === undefined ? '' : words[name]
  }
  const kinds = BLOCK_KINDS.map(({ id, word, icon, run }): SlashItem => {
    return {
      id,
      label: words[word],
      keywords: keywordsOf(id),
      icon,
      enabled: () => true,
      run: () => void run(editor()),
    }
  })
  const inserted = TOOLBAR_GROUPS.flat()
    .filter(({ id }) => KEYWORDS[id] !== undefined)
    .map(({ id, word, icon, enabled, run }): SlashItem => {
      const possible = (): boolean => enabled(editor().getSnapshot(), editor())
      return {
        id,
        label: words[word],
        keywords: keywordsOf(id),
        icon,
        enabled: possible,
        run: () => void run(editor()),
      }
    })
  return [...kinds, ...inserted]
}

/** The buttons above selected words: the marks and the link. */
export function bubbleItems(editor: () => Editor, words: EditorWords): BubbleItem[] {
  const marks = (TOOLBAR_GROUPS.find((group) => group.some(({ id }) => id === 'strong')) ?? []).map(
    ({ word, icon, pressed, enabled, run }): BubbleItem => ({
      label: words[word],
      icon,
      pressed: () => pressed(editor().getSnapshot()),
      enabled: () => enabled(editor().getSnapshot(), editor()),
      run: () => void run(editor()),
    }),
  )
  const link: BubbleItem = {
    label: words.link,
    icon: LINK_ICON,
    pressed: () => editor().getSnapshot().linkHref !== null,
    enabled: () => editor().getSnapshot().editable,
    run: () => void editor().editLink(),
  }
  return [...marks, link]
}
