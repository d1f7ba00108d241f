import type { Editor } from './editor.ts'
import type { BubbleItem } from './selection-bubble.ts'
import type { SlashItem } from './slash-menu.ts'
import { BLOCK_KINDS, LINK_ICON, TOOLBAR_GROUPS } from './toolbar.ts'

const KEYWORDS: Readonly<Record<string, string>> = {
  paragraph: 'paragraph plain',
  'heading-1': 'title h1 #',
  'heading-2': 'subtitle h2 ##',
  'heading-3': 'h3 ###',
  code_block: 'pre ```',
  bullet_list: 'unordered ul points',
  ordered_list: 'ol 1.',
  task_list: 'todo checkbox check',
  blockquote: 'blockquote cite >',
  horizontal_rule: 'line hr rule ---',
  table: 'grid rows columns',
  image: 'picture photo upload',
}

/** What the menu after `/` offers: the kinds of blocks, and every button of the toolbar that puts something in. */
export function slashItems(editor: () => Editor): SlashItem[] {
  const kinds = BLOCK_KINDS.map(({ id, label, icon, run }): SlashItem => {
    return { id, label, keywords: KEYWORDS[id] ?? '', icon, enabled: () => true, run: () => void run(editor()) }
  })
  const inserted = TOOLBAR_GROUPS.flat()
    .filter(({ id }) => KEYWORDS[id] !== undefined)
    .map(({ id, label, icon, enabled, run }): SlashItem => {
      const possible = (): boolean => enabled(editor().getSnapshot(), editor())
      return { id, label, keywords: KEYWORDS[id] ?? '', icon, enabled: possible, run: () => void run(editor()) }
    })
  return [...kinds, ...inserted]
}

/** The buttons above selected words: the marks and the link. */
export function bubbleItems(editor: () => Editor): BubbleItem[] {
  const marks = (TOOLBAR_GROUPS.find((group) => group.some(({ id }) => id === 'strong')) ?? []).map(
    ({ label, icon, pressed, enabled, run }): BubbleItem => ({
      label,
      icon,
      pressed: () => pressed(editor().getSnapshot()),
      enabled: () => enabled(editor().getSnapshot(), editor()),
      run: () => void run(editor()),
    }),
  )
  const link: BubbleItem = {
    label: 'Link',
    icon: LINK_ICON,
    pressed: () => editor().getSnapshot().linkHref !== null,
    enabled: () => editor().getSnapshot().editable,
    run: () => void editor().editLink(),
  }
  return [...marks, link]
}
