import type { Ports } from '../ports.ts'

/**
 * Keeps a person out, on every server, or lets them in again; log-ins that were ended do not come back.
 * Open sessions end as fast as announcements travel, and within seconds where they don't.
 */
export async function setDisabled(
  { users, refreshTokens, fanOut }: Pick<Ports, 'users' | 'refreshTokens' | 'fanOut'>,
  userId: string,
  disabled: boolean,
  now: number,
): Promise<boolean> {
  if (!(await users.update(userId, { disabledAt: disabled ? now : null }))) return false
  if (!disabled) return true
  await refreshTokens.revokeUser(userId, now)
  await fanOut.announce({ kind: 'sessions-ended', userId, family: null })
  return true
}
