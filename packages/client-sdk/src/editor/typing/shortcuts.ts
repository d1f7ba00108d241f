import { ENGLISH } from '../words.ts'
import type { WordName } from '../words.ts'

/** Keys that do something, as a person reads them. `Mod` is Cmd on a Mac and Ctrl elsewhere. */
export interface Shortcut {
  /** The name of its label in `editor.words`. */
  readonly word: WordName
  /** Its label in English. */
  readonly label: string
  /** Joined by `+`, such as `Mod+B`. */
  readonly keys: string
}

/** Shortcuts that belong together, as the help sheet shows them. */
export interface ShortcutGroup {
  /** The name of its title in `editor.words`. */
  readonly word: WordName
  /** Its title in English. */
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

const group = (word: WordName, shortcuts: Readonly<Partial<Record<WordName, string>>>): ShortcutGroup => ({
  word,
  title: ENGLISH[word],
  shortcuts: (Object.entries(shortcuts) as [WordName, string][]).map(([name, keys]) => {
    return { word: name, label: ENGLISH[name], keys }
  }),
})

/** What the help sheet shows. A test presses each of them. */
export const SHORTCUTS: readonly ShortcutGroup[] = [
  group('keysOfWords', {
    bold: 'Mod+B',
    italic: 'Mod+I',
    underline: 'Mod+U',
    strike: 'Mod+Shift+S',
    highlight: 'Mod+Shift+H',
    code: 'Mod+E',
    link: 'Mod+K',
  }),
  group('keysOfBlocks', {
    text: 'Mod+Alt+0',
    heading1: 'Mod+Alt+1',
    heading2: 'Mod+Alt+2',
    heading3: 'Mod+Alt+3',
    orderedList: 'Mod+Shift+7',
    bulletList: 'Mod+Shift+8',
    taskList: 'Mod+Shift+9',
    quote: 'Mod+Shift+B',
    codeBlock: 'Mod+Alt+C',
    moveBlockUp: 'Alt+Shift+ArrowUp',
    moveBlockDown: 'Alt+Shift+ArrowDown',
    blockMenu: 'Alt+Shift+Enter',
  }),
  group('keysOfLists', {
    deeper: 'Tab',
    back: 'Shift+Tab',
    tick: 'Mod+Enter',
    lineBreak: 'Shift+Enter',
  }),
  group('keysOfDocument', {
    undo: 'Mod+Z',
    redo: 'Mod+Shift+Z',
    findAndReplace: 'Mod+F',
    toBox: 'Alt+F10',
    leaveText: 'Escape',
    theseKeys: 'Mod+/',
  }),
]

const MAC_SIGNS: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
const ARROWS: Readonly<Record<string, string>> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→' }

/** `Mod+B` as the platform writes it. */
export function shortcutLabel(shortcut: string, onMac: boolean): string {
  const keys = shortcut.split('+').map((key) => ARROWS[key] ?? key)
  if (onMac) return keys.map((key) => MAC_SIGNS[key] ?? key).join('')
  return keys.map((key) => (key === 'Mod' ? 'Ctrl' : key)).join('+')
}
