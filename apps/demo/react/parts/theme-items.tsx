import * as Menu from '@radix-ui/react-dropdown-menu'
import { Check, Monitor, Moon, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { THEME_NAMES, chooseTheme, subscribeToTheme, themeChoice } from '../../account/theme.ts'
import type { ThemeChoice } from '../../account/theme.ts'

const THEMES = [
  { choice: 'light', icon: <Sun aria-hidden="true" /> },
  { choice: 'dark', icon: <Moon aria-hidden="true" /> },
  { choice: 'system', icon: <Monitor aria-hidden="true" /> },
] as const satisfies readonly { choice: ThemeChoice; icon: ReactElement }[]

/** The part of a menu in which the theme is chosen. */
export function ThemeItems(): ReactElement {
  const chosen = useSyncExternalStore(subscribeToTheme, themeChoice)
  return (
    <Menu.RadioGroup value={chosen} onValueChange={(value) => chooseTheme(value as ThemeChoice)} aria-label="Theme">
      <Menu.Label className="menu-label">Theme</Menu.Label>
      {THEMES.map(({ choice, icon }) => (
        <Menu.RadioItem
          key={choice}
          className="menu-item"
          value={choice}
          // One wants to see what it looks like, and perhaps choose again.
          onSelect={(event) => event.preventDefault()}
        >
          {icon} {THEME_NAMES[choice]}
          <Menu.ItemIndicator className="menu-check">
            <Check aria-hidden="true" />
          </Menu.ItemIndicator>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  )
}
