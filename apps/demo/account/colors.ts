import { presenceColor } from '@sheaf/client-sdk'
import type { PresenceState, SheafDocument } from '@sheaf/client-sdk'

const COLOR = /^#[0-9a-f]{6}$/i

/** The colour of somebody's caret: in an open document nobody shares it, and outside of one it is the one they would have alone. */
export function colorOf(userId: string, document: SheafDocument | null): string {
  const states: Iterable<PresenceState> = document?.awareness.getStates().values() ?? []
  for (const { user } of states)
    if (user?.id === userId && typeof user.color === 'string' && COLOR.test(user.color)) return user.color
  return presenceColor(userId)
}

/** Calls when somebody may have another colour. Returns the end of it. */
export function subscribeToColors(document: SheafDocument | null, listener: () => void): () => void {
  document?.awareness.on('change', listener)
  return () => document?.awareness.off('change', listener)
}
