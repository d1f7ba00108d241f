import type { DocumentSnapshot } from './status.ts'

/** What a person should know before writing on. */
export interface DocumentNotice {
  /** `warning`: editing goes on. `blocked`: it does not. */
  readonly kind: 'warning' | 'blocked'
  readonly text: string
  /** True where there are edits that the server will not take, so that they should be offered for a download. */
  readonly exportable: boolean
}

const WITHDRAWN = 'Your right to edit was withdrawn.'

function textOf({ error, role, editable, saveState }: DocumentSnapshot, wasEditable: boolean): string | null {
  const reader = role === 'viewer' || role === 'commenter'
  if (reader && !editable && saveState === 'refused') return `${WITHDRAWN} What was not saved yet stays on this device.`
  // To somebody who never could write it is no news that they cannot, and no matter what the device could keep.
  if (reader && (error === null || error.code === 'journal-unavailable'))
    return wasEditable && !editable ? `${WITHDRAWN} You may still read along.` : null
  return error === null ? null : error.message
}

/**
 * What has to be said about a document beside its save status: that it became read-only and why, where unsent words are, or
 * that this device keeps none. Null while all is well. In English; an application of another language writes its own.
 *
 * @param wasEditable whether one could write earlier in this visit
 */
export function describeNotice(snapshot: DocumentSnapshot, wasEditable: boolean): DocumentNotice | null {
  const text = textOf(snapshot, wasEditable)
  if (text === null) return null
  const { editable, saveState, unsavedChanges } = snapshot
  return {
    kind: editable ? 'warning' : 'blocked',
    text,
    exportable: saveState === 'refused' && unsavedChanges > 0,
  }
}
