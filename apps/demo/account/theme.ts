/** What somebody chose: always light, always dark, or as the system is. */
export type ThemeChoice = 'system' | 'light' | 'dark'

export const THEME_NAMES: Readonly<Record<ThemeChoice, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
}

// `public/theme.js` reads the same key, before the first paint.
const STORAGE_KEY = 'sheaf-demo-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

/** The choice of this device. */
export function themeChoice(): ThemeChoice {
  const kept = localStorage.getItem(STORAGE_KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function show(): void {
  const choice = themeChoice()
  document.documentElement.dataset['sheafTheme'] = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
  for (const listener of listeners) listener()
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(STORAGE_KEY)
  else localStorage.setItem(STORAGE_KEY, choice)
  show()
}

export function subscribeToTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keeps the page in the chosen theme from here on, also where the system or another tab changes its mind. */
export function followTheme(): void {
  dark.addEventListener('change', show)
  addEventListener('storage', (event) => {
    if (event.key === STORAGE_KEY) show()
  })
  show()
}
