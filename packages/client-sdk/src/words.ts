import type { SheafErrorCode } from './errors.ts'

/** A sentence for each plural form of a language, as `{ one: '{count} change', other: '{count} changes' }`. */
export type Plural = { readonly [Form in Intl.LDMLPluralRule]?: string } & {
  /** For every form that is left out. */
  readonly other: string
  /** The language whose forms they are. That of the words unless told. */
  readonly locale?: string
}

/** A sentence that counts something: one for every number, or one for each plural form. */
export type Counting = string | Plural

/**
 * Every word that is said beside an editor, in English: by the functions that describe, and by the components of the bindings.
 * What stands in braces is put in. A name with a hyphen is a thing and one of its values. The words of the editor are `ENGLISH` of
 * `@sheaf/client-sdk/editor`; no name is in both.
 */
export const PAGE_ENGLISH = {
  // Whether one's words are safe
  saveStatus: 'Save status',
  saveDetails: 'Save details',
  opening: 'Opening…',
  notHere: '{connection} – not on this device yet',
  saved: 'Saved',
  saving: 'Saving…',
  notSaved: 'Not saved yet – {kept}',
  cutOff: '{connection} – {kept}',
  cutOffSaved: '{connection} – nothing unsaved',
  keptOnDevice: { one: '{count} change on this device', other: '{count} changes on this device', locale: 'en' },
  keptInPage: { one: '{count} change in this page only', other: '{count} changes in this page only', locale: 'en' },
  cannotEdit: 'Read only: {reason}',
  cannotSave: 'Read only: {reason}. {kept}.',
  refusedOnDevice: {
    one: '{count} change kept on this device',
    other: '{count} changes kept on this device',
    locale: 'en',
  },
  refusedInPage: { one: '{count} change in this page only', other: '{count} changes in this page only', locale: 'en' },
  mayView: 'you may view this document',
  mayComment: 'you may comment on this document',
  isClosed: 'the document is closed',
  mayNothing: 'you have no right to edit',

  // What is said above the text
  withdrawn: 'Your right to edit was withdrawn.',
  readAlong: 'Your right to edit was withdrawn. You may still read along.',
  editRefused: 'The server refused an edit.',
  storageFull: 'The storage of this device is full. Keep this page open until your edits are saved.',
  unsavedInPage: 'What was not saved yet is in this page only: download it before you close the page.',
  unsavedOnDevice: 'What was not saved yet stays on this device.',
  keepOpen: 'Keep this page open until then.',
  noticeAndRest: '{notice} {rest}',
  downloadUnsaved: 'Download unsaved changes',
  // Where that differs from the sentence of the error: what happened, and what to do
  'notice-not-authenticated': 'You are signed out here. Sign in again, so that what you write can be saved.',
  'notice-token-unavailable': 'It could not be checked who you are. It is tried again.',
  'notice-schema-mismatch':
    'This document was written with another version of the editor. It is read-only here; reload the page to get that version.',
  'notice-too-large': 'Something that you added is larger than the server accepts.',
  'notice-protocol-version': 'This page is of another version than the server. Reload it.',
  'notice-protocol': 'The server did not understand this page. Reload it.',
  'notice-server-behind':
    'The server was set back to an earlier state, and lacks words that are here. Copy what you need before you open the document again.',
  'notice-unavailable': 'The server cannot answer at the moment. It is tried again.',

  // What is known of a document, and each operation on its way
  'connection-connecting': 'Connecting',
  'connection-connected': 'Connected',
  'connection-reconnecting': 'Reconnecting',
  'connection-offline': 'Offline',
  'connection-closed': 'Closed',
  'role-viewer': 'Viewer',
  'role-commenter': 'Commenter',
  'role-editor': 'Editor',
  'role-owner': 'Owner',
  roleReadOnly: '{role} (read only)',
  roleUnknown: 'Not known yet',
  roleUnknownEditable: 'Not known yet; you may edit',
  'fact-connection': 'Connection',
  'fact-role': 'Role',
  'fact-unsaved': 'Edits not durable',
  'fact-recovered': 'Edits recovered from an earlier visit',
  'fact-problem': 'Problem',
  'fact-document': 'Document',
  problem: '{error} ({code})',
  operations: 'Operations',
  operationsNewestFirst: 'Operations, newest first',
  'column-operation': 'Operation',
  'column-edits': 'Edits',
  'column-size': 'Size',
  'column-step': 'Step',
  'column-since': 'Since',
  nextOperation: 'Next',
  stepAndPlace: '{step}, place {place}',
  'step-gathering': 'In this page',
  'step-on-device': 'On this device',
  'step-sent': 'Sent',
  'step-received': 'Received by the server',
  'step-durable': 'Durable',
  'step-refused': 'Refused',
  allDurable: 'Every edit is durable.',
  editsOnTheWay: 'Edits are on their way.',
  editsWaitInPage: 'Edits wait in this page for a connection. Keep it open.',
  editsWaitOnDevice: 'Edits wait on this device for a connection.',
  refusedEditInPage: 'The server refused an edit. What was not saved is in this page only.',
  refusedEditOnDevice: 'The server refused an edit. What was not saved stays on this device.',
  cannotSaveInPage: 'Edits cannot be saved. What was not saved is in this page only.',
  cannotSaveOnDevice: 'Edits cannot be saved. What was not saved stays on this device.',
  nothingKnown: 'Nothing is known yet.',
  nothingWaits: 'Nothing is waiting.',
  editsGathered: 'Edits are being gathered.',

  // Who is here
  peopleHere: 'People in this document',
  morePeople: '+{count}',
  nextName: '{names}, {name}',

  // Versions
  versionHistory: 'Version history',
  versions: 'Versions',
  loadingVersions: 'Loading versions…',
  noVersion: 'There is no version yet.',
  olderVersions: 'Older versions',
  tryAgain: 'Try again',
  'version-initial': 'First version',
  'version-auto': 'Saved while writing',
  'version-named': 'Named version',
  'version-restore': 'Restored version',
  moment: '{day}, {time}',
  momentAndAuthors: '{moment} · {authors}',
  versionName: 'Version name',
  nameThisVersion: 'Name this version',
  saveVersion: 'Save version',
  newName: 'New name',
  rename: 'Rename',
  cancel: 'Cancel',
  restore: 'Restore',
  restoreThis: 'Restore this version',
  restoreQuestion: 'Restore this version?',
  restoreExplained:
    'The document becomes what it was in this version ({moment}). What is there now stays in the history.',
  versionPreview: 'Version preview',
  versionContent: 'Content of the version',
  loadingVersion: 'Loading the version…',
  contentUnknown: 'This content was written with another version of the editor and cannot be shown here.',
  backToVersions: 'Back to versions',
  newer: 'Newer',
  older: 'Older',
  'done-restore': 'The version is restored. What was there before is still in the history.',
  'done-name': 'The version “{name}” is saved.',
  'done-rename': 'The version is now called “{name}”.',
}

type Name = keyof typeof PAGE_ENGLISH
type CountingName = 'keptOnDevice' | 'keptInPage' | 'refusedOnDevice' | 'refusedInPage' | 'morePeople'

/** Every word that is said beside an editor, in one language. */
export type PageWords = { readonly [Word in Exclude<Name, CountingName>]: string } & {
  readonly [Word in CountingName]: Counting
} & {
  /** Sentences for errors. Those of `ERRORS` unless told. */
  readonly [Word in `error-${SheafErrorCode}`]?: string
}

/** In which language something is said. */
export interface Language {
  /** What is left out is English. */
  readonly words?: Partial<PageWords> | undefined
  /** Of dates, numbers and plural forms, as `de` or `en-GB`. Dates are in that of the runtime unless told. */
  readonly locale?: string | undefined
}

/** @internal All words of a language. */
export const pageWords = ({ words }: Language): PageWords => ({ ...PAGE_ENGLISH, ...words })

/**
 * A sentence with what belongs in its braces. What is not given stays as it is written. Which plural form is meant is said by the value
 * `count`.
 *
 * @param locale language of numbers and plural forms. English unless told
 */
export const filled = (sentence: Counting, values: Readonly<Record<string, string | number>>, locale = 'en'): string =>
  (typeof sentence === 'string'
    ? sentence
    : (sentence[new Intl.PluralRules(sentence.locale ?? locale).select(Number(values['count']))] ?? sentence.other)
  ).replaceAll(/\{(\w+)\}/g, (braces, name: string) => (values[name] ?? braces).toLocaleString(locale))
