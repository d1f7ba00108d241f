import type { DocumentSnapshot } from './status.ts'

/** What a person is told about whether their words are safe. */
export interface SaveStatusLine {
  /** For the looks of it. `saved` is stated only when everything is in the database of the server. */
  readonly state: 'opening' | 'saved' | 'saving' | 'unsaved' | 'offline' | 'refused'
  readonly text: string
}

const changes = (count: number): string => (count === 1 ? '1 change' : `${count} changes`)

const kept = ({ unsavedChanges, device }: DocumentSnapshot): string =>
  `${changes(unsavedChanges)} ${device === 'keeps-edits' ? 'on this device' : 'in this page only'}`

function readOnlyReason({ role, error, connection }: DocumentSnapshot): string {
  // A refusal says that there was one, and the role why; a device that keeps nothing matters to nobody who may only read.
  const reader = role === 'viewer' || role === 'commenter'
  const roleSaysMore = reader && (error?.code === 'refused' || error?.code === 'journal-unavailable')
  if (error !== null && !roleSaysMore) return error.message
  if (role === 'viewer') return 'you may view this document'
  if (role === 'commenter') return 'you may comment on this document'
  return connection === 'closed' ? 'the document is closed' : 'you have no right to edit'
}

function disconnected(snapshot: DocumentSnapshot): SaveStatusLine {
  const { connection, unsavedChanges, saveState } = snapshot
  const word = connection === 'offline' ? 'Offline' : connection === 'connecting' ? 'Connecting' : 'Reconnecting'
  if (unsavedChanges > 0) return { state: 'unsaved', text: `${word} – ${kept(snapshot)}` }
  return { state: 'offline', text: saveState === 'saved' ? `${word} – nothing unsaved` : word }
}

/** The save status in words that are never more than true. In English; an application of another language writes its own. */
export function describeSaveStatus(snapshot: DocumentSnapshot): SaveStatusLine {
  const { loaded, editable, saveState, unsavedChanges, connection, error } = snapshot
  if (saveState === 'refused') {
    const reason = readOnlyReason(snapshot).replace(/\.$/, '')
    const place = snapshot.device === 'keeps-edits' ? 'kept on this device' : 'in this page only'
    return { state: 'refused', text: `Read only: ${reason}. ${changes(unsavedChanges)} ${place}.` }
  }
  if (!loaded) {
    if (error !== null) return { state: 'refused', text: error.message }
    return { state: 'opening', text: connection === 'offline' ? 'Offline – not on this device yet' : 'Opening…' }
  }
  if (!editable) return { state: 'refused', text: `Read only: ${readOnlyReason(snapshot)}` }
  if (connection !== 'connected') return disconnected(snapshot)
  if (saveState === 'saved') return { state: 'saved', text: 'Saved' }
  if (saveState === 'saving') return { state: 'saving', text: 'Saving…' }
  return { state: 'unsaved', text: `Not saved yet – ${kept(snapshot)}` }
}
