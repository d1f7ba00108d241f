import * as Menu from '@radix-ui/react-dropdown-menu'
import { LogOut } from 'lucide-react'
import type { ReactElement } from 'react'
import { useSignedIn } from '../signed-in.tsx'
import { Avatar } from './avatar.tsx'
import { ThemeItems } from './theme-items.tsx'

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
