import { describeError } from './error-words.ts'
import { ERRORS } from './errors.ts'
import type { SheafError } from './errors.ts'
import type { DocumentSnapshot } from './status.ts'
import { filled, pageWords } from './words.ts'
import type { Language, PageWords } from './words.ts'

/** What a person should know before writing on. */
export interface DocumentNotice {
  /** `warning`: editing goes on. `blocked`: it does not. */
  readonly kind: 'warning' | 'blocked'
  readonly text: string
  /** True where there are edits that only this page or device has, and that may stay there: they should be offered for a download. */
  readonly exportable: boolean
}

// What the server says of one edit says more than that there was one.
function reasonOf(error: SheafError, language: Language): string {
  const { code, message } = error
  const words: Readonly<Record<string, unknown>> & PageWords = pageWords(language)
  if (code === 'refused') return message === ERRORS.refused.message ? words.editRefused : message
  const notice = words[`notice-${code}`]
  return typeof notice === 'string' ? notice : describeError(error, language)
}

/** Where unsaved words are, where the reason does not say it. */
function restOf(
  { device, saveState, unsavedChanges, editable, error }: DocumentSnapshot,
  words: PageWords,
): string | null {
  const lost = device === 'keeps-nothing'
  if (saveState === 'refused' && unsavedChanges > 0) return lost ? words.unsavedInPage : words.unsavedOnDevice
  // A server that cannot answer is named before a device that keeps nothing; together they lose words.
  return lost && editable && error?.code !== 'journal-unavailable' ? words.keepOpen : null
}

function reasonFor(snapshot: DocumentSnapshot, wasEditable: boolean, language: Language): string | null {
  const { error, role, editable, saveState } = snapshot
  const words = pageWords(language)
  const reader = role === 'viewer' || role === 'commenter'
  if (reader && !editable && saveState === 'refused') return words.withdrawn
  // To somebody who never could write it is no news that they cannot, and no matter what the device could keep.
  if (reader && (error === null || error.code === 'journal-unavailable'))
    return wasEditable && !editable ? words.readAlong : null
  return error === null ? null : reasonOf(error, language)
}

/** Edits that the server will not take; or that wait for it in a page that is all there is of them. */
const isExportable = ({ saveState, unsavedChanges, device }: DocumentSnapshot): boolean =>
  unsavedChanges > 0 && (saveState === 'refused' || (saveState === 'unsaved' && device === 'keeps-nothing'))

/**
 * What has to be said about a document beside its save status: that it became read-only and why, where unsent words are, or
 * that this device keeps none. Null while all is well.
 *
 * @param wasEditable whether one could write earlier in this visit
 */
export function describeNotice(
  snapshot: DocumentSnapshot,
  wasEditable: boolean,
  language: Language = {},
): DocumentNotice | null {
  const notice = reasonFor(snapshot, wasEditable, language)
  if (notice === null) return null
  const words = pageWords(language)
  const rest = restOf(snapshot, words)
  return {
    kind: snapshot.editable ? 'warning' : 'blocked',
    text: rest === null ? notice : filled(words.noticeAndRest, { notice, rest }),
    exportable: isExportable(snapshot),
  }
}
