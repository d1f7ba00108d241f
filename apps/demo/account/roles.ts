import type { Role } from '@sheaf/client-sdk'

/** What a role is called in the demo. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  editor: 'Can edit',
  commenter: 'Can comment',
  viewer: 'Can view',
}

/** The roles that the share dialog offers. */
export const OFFERED_ROLES = ['editor', 'viewer'] as const satisfies readonly Role[]
