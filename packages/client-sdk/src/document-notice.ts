import { ERRORS } from './errors.ts'
import type { SheafError, SheafErrorCode } from './errors.ts'
import type { DocumentSnapshot } from './status.ts'

/** What a person should know before writing on. */
export interface DocumentNotice {
  /** `warning`: editing goes on. `blocked`: it does not. */
  readonly kind: 'warning' | 'blocked'
  readonly text: string
  /** True where there are edits that only this page or device has, and that may stay there: they should be offered for a download. */
  readonly exportable: boolean
}

const WITHDRAWN = 'Your right to edit was withdrawn.'

/** Where a sentence for people differs from the one of the error, which is for developers too: what happened, and what to do. */
const REASONS: Partial<Readonly<Record<SheafErrorCode, string>>> = {
  'not-authenticated': 'You are signed out here. Sign in again, so that what you write can be saved.',
  'token-unavailable': 'It could not be checked who you are. It is tried again.',
  'schema-mismatch':
    'This document was written with another version of the editor. It is read-only here; reload the page to get that version.',
  'too-large': 'Something that you added is larger than the server accepts.',
  'protocol-version': 'This page is of another version than the server. Reload it.',
  protocol: 'The server did not understand this page. Reload it.',
  'server-behind':
    'The server was set back to an earlier state, and lacks words that are here. Copy what you need before you open the document again.',
  unavailable: 'The server cannot answer at the moment. It is tried again.',
}

// What the server says of one edit says more than that there was one.
function reasonOf({ code, message }: SheafError): string {
  if (code === 'refused') return message === ERRORS.refused.message ? 'The server refused an edit.' : message
  return REASONS[code] ?? message
}

/** Where unsaved words are, where the reason does not say it. */
function restOf({ device, saveState, unsavedChanges, editable, error }: DocumentSnapshot): string | null {
  const lost = device === 'keeps-nothing'
  if (saveState === 'refused' && unsavedChanges > 0)
    return lost
      ? 'What was not saved yet is in this page only: download it before you close the page.'
      : 'What was not saved yet stays on this device.'
  // A server that cannot answer is named before a device that keeps nothing; together they lose words.
  return lost && editable && error?.code !== 'journal-unavailable' ? 'Keep this page open until then.' : null
}

function reasonFor({ error, role, editable, saveState }: DocumentSnapshot, wasEditable: boolean): string | null {
  const reader = role === 'viewer' || role === 'commenter'
  if (reader && !editable && saveState === 'refused') return WITHDRAWN
  // To somebody who never could write it is no news that they cannot, and no matter what the device could keep.
  if (reader && (error === null || error.code === 'journal-unavailable'))
    return wasEditable && !editable ? `${WITHDRAWN} You may still read along.` : null
  return error === null ? null : reasonOf(error)
}

/** Edits that the server will not take; or that wait for it in a page that is all there is of them. */
const isExportable = ({ saveState, unsavedChanges, device }: DocumentSnapshot): boolean =>
  unsavedChanges > 0 && (saveState === 'refused' || (saveState === 'unsaved' && device === 'keeps-nothing'))

/**
 * What has to be said about a document beside its save status: that it became read-only and why, where unsent words are, or
 * that this device keeps none. Null while all is well. In English; an application of another language writes its own.
 *
 * @param wasEditable whether one could write earlier in this visit
 */
export function describeNotice(snapshot: DocumentSnapshot, wasEditable: boolean): DocumentNotice | null {
  const reason = reasonFor(snapshot, wasEditable)
  if (reason === null) return null
  const rest = restOf(snapshot)
  return {
    kind: snapshot.editable ? 'warning' : 'blocked',
    text: rest === null ? reason : `${reason} ${rest}`,
    exportable: isExportable(snapshot),
  }
}
