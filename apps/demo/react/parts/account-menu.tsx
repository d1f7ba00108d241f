import * as Menu from '@radix-ui/react-dropdown-menu'
import { Check, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { THEME_NAMES, chooseTheme, subscribeToTheme, themeChoice } from '../../account/theme.ts'
import type { ThemeChoice } from '../../account/theme.ts'
import { useSignedIn } from '../signed-in.tsx'
import { Avatar } from './avatar.tsx'

const THEMES = [
  { choice: 'light', icon: <Sun aria-hidden="true" /> },
  { choice: 'dark', icon: <Moon aria-hidden="true" /> },
  { choice: 'system', icon: <Monitor aria-hidden="true" /> },
] as const satisfies readonly { choice: ThemeChoice; icon: ReactElement }[]

function ThemeItems(): ReactElement {
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

export function AccountMenu(): ReactElement {
  const { user, signOut } = useSignedIn()
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="avatar-button" aria-label={`Account of ${user.displayName}`}>
        <Avatar id={user.id} name={user.displayName} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={8}>
          <div className="menu-person">
            <strong>{user.displayName}</strong>
            <span>{user.email}</span>
          </div>
          <Menu.Separator className="menu-line" />
          <ThemeItems />
          <Menu.Separator className="menu-line" />
          <Menu.Item className="menu-item" onSelect={() => void signOut()}>
            <LogOut aria-hidden="true" /> Sign out
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}
