/** Keys that do something, as a person reads them. `Mod` is Cmd on a Mac and Ctrl elsewhere. */
export interface Shortcut {
  readonly label: string
  /** Joined by `+`, such as `Mod+B`. */
  readonly keys: string
}

export interface ShortcutGroup {
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

const group = (title: string, shortcuts: Readonly<Record<string, string>>): ShortcutGroup => ({
  title,
  shortcuts: Object.entries(shortcuts).map(([label, keys]) => ({ label, keys })),
})

/** What the help sheet shows. A test presses each of them. */
export const SHORTCUTS: readonly ShortcutGroup[] = [
  group('Words', {
    Bold: 'Mod+B',
    Italic: 'Mod+I',
    Underline: 'Mod+U',
    Strikethrough: 'Mod+Shift+S',
    Highlight: 'Mod+Shift+H',
    'Inline code': 'Mod+E',
    Link: 'Mod+K',
  }),
  group('Blocks', {
    Text: 'Mod+Alt+0',
    'Heading 1': 'Mod+Alt+1',
    'Heading 2': 'Mod+Alt+2',
    'Heading 3': 'Mod+Alt+3',
    'Numbered list': 'Mod+Shift+7',
    'Bulleted list': 'Mod+Shift+8',
    'Task list': 'Mod+Shift+9',
    Quote: 'Mod+Shift+B',
    'Code block': 'Mod+Alt+C',
    'Move block up': 'Alt+Shift+ArrowUp',
    'Move block down': 'Alt+Shift+ArrowDown',
  }),
  group('Lists and tables', {
    'Deeper, or next cell': 'Tab',
    'Back, or previous cell': 'Shift+Tab',
    'Tick a task': 'Mod+Enter',
    'Line break': 'Shift+Enter',
  }),
  group('Document', {
    Undo: 'Mod+Z',
    Redo: 'Mod+Shift+Z',
    'Find and replace': 'Mod+F',
    'Buttons of the selected words': 'Alt+F10',
    'These keys': 'Mod+/',
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
