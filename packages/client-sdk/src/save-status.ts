import { describeError } from './error-words.ts'
import type { DocumentSnapshot } from './status.ts'
import { filled, pageWords } from './words.ts'
import type { Language, PageWords } from './words.ts'

/** What a person is told about whether their words are safe. */
export interface SaveStatusLine {
  /** For the looks of it. `saved` is stated only when everything is in the database of the server. */
  readonly state: 'opening' | 'saved' | 'saving' | 'unsaved' | 'offline' | 'refused'
  readonly text: string
}

/** A snapshot, and what it is told in. */
interface Telling {
  readonly snapshot: DocumentSnapshot
  readonly language: Language
  readonly words: PageWords
}

function kept({ snapshot, language, words }: Telling): string {
  const sentence = snapshot.device === 'keeps-edits' ? words.keptOnDevice : words.keptInPage
  return filled(sentence, { count: snapshot.unsavedChanges }, language.locale)
}

function readOnlyReason({ snapshot, language, words }: Telling): string {
  const { role, error, connection } = snapshot
  // A refusal says that there was one, and the role why; a device that keeps nothing matters to nobody who may only read.
  const reader = role === 'viewer' || role === 'commenter'
  const roleSaysMore = reader && (error?.code === 'refused' || error?.code === 'journal-unavailable')
  if (error !== null && !roleSaysMore) return describeError(error, language)
  if (role === 'viewer') return words.mayView
  if (role === 'commenter') return words.mayComment
  return connection === 'closed' ? words.isClosed : words.mayNothing
}

function refused(telling: Telling): SaveStatusLine {
  const { snapshot, language, words } = telling
  const sentence = snapshot.device === 'keeps-edits' ? words.refusedOnDevice : words.refusedInPage
  const reason = readOnlyReason(telling).replace(/[.。]$/, '')
  const rest = filled(sentence, { count: snapshot.unsavedChanges }, language.locale)
  return { state: 'refused', text: filled(words.cannotSave, { reason, kept: rest }) }
}

function disconnected(telling: Telling): SaveStatusLine {
  const { snapshot, words } = telling
  const away =
    snapshot.connection === 'offline' || snapshot.connection === 'connecting' ? snapshot.connection : 'reconnecting'
  const connection = words[`connection-${away}`]
  if (snapshot.unsavedChanges > 0)
    return { state: 'unsaved', text: filled(words.cutOff, { connection, kept: kept(telling) }) }
  return {
    state: 'offline',
    text: snapshot.saveState === 'saved' ? filled(words.cutOffSaved, { connection }) : connection,
  }
}

/** The save status in words that are never more than true. */
export function describeSaveStatus(snapshot: DocumentSnapshot, language: Language = {}): SaveStatusLine {
  const { loaded, editable, saveState, connection, error } = snapshot
  const words = pageWords(language)
  const telling = { snapshot, language, words }
  if (saveState === 'refused') return refused(telling)
  if (!loaded) {
    if (error !== null) return { state: 'refused', text: describeError(error, language) }
    const notHere = filled(words.notHere, { connection: words['connection-offline'] })
    return { state: 'opening', text: connection === 'offline' ? notHere : words.opening }
  }
  if (!editable) return { state: 'refused', text: filled(words.cannotEdit, { reason: readOnlyReason(telling) }) }
  if (connection !== 'connected') return disconnected(telling)
  if (saveState === 'saved') return { state: 'saved', text: words.saved }
  if (saveState === 'saving') return { state: 'saving', text: words.saving }
  return { state: 'unsaved', text: filled(words.notSaved, { kept: kept(telling) }) }
}
