import { describe, expect, it } from 'vitest'
import {
  ERRORS,
  PAGE_ENGLISH,
  SheafError,
  describeError,
  describeMoment,
  describeNames,
  describeNotice,
  describeOutbox,
  describeSaveStatus,
  describeVersionMessage,
  documentFacts,
  outboxColumns,
  outboxRow,
  versionDetail,
  versionTitle,
} from '../src/index.ts'
import type { SheafErrorCode } from '../src/index.ts'
import { ENGLISH, allWords, filled } from '../src/editor/index.ts'
import { fakeDocument } from '../src/testing/index.ts'

const offline = (unsavedChanges: number) =>
  fakeDocument({ connection: 'offline', saveState: 'unsaved', unsavedChanges }).getSnapshot()

describe('what is said beside the editor, in any language', () => {
  it('WO-8 is said in the words that are given, and in English where one is missing', () => {
    const language = {
      words: {
        saved: 'Gespeichert',
        'version-auto': 'Beim Schreiben gesichert',
        'column-edits': 'Änderungen',
        'fact-role': 'Rolle',
        'role-editor': 'Bearbeiter',
        moment: '{day} um {time}',
        momentAndAuthors: '{moment}, von {authors}',
        nextName: '{names} und {name}',
        allDurable: 'Alles ist sicher.',
        'step-sent': 'Gesendet',
      },
      locale: 'de',
    }
    const now = Date.parse('2026-03-02T12:00:00.000Z')
    const moment = { ...language, now, timeZone: 'UTC' }
    const createdAt = '2026-03-02T08:05:00.000Z'
    const authors = ['Ada', 'Ben'].map((displayName) => ({ id: displayName, displayName }))
    const snapshot = fakeDocument().getSnapshot()
    expect(describeSaveStatus(snapshot, language).text).toBe('Gespeichert')
    expect(describeSaveStatus(offline(2), language).text).toBe('Offline – 2 changes on this device')
    expect(versionTitle({ name: null, kind: 'auto' }, language)).toBe('Beim Schreiben gesichert')
    expect(versionTitle({ name: null, kind: 'initial' }, language)).toBe('First version')
    expect(describeMoment(createdAt, moment)).toBe('Heute um 08:05')
    expect(versionDetail({ createdAt, authors }, moment)).toBe('Heute um 08:05, von Ada und Ben')
    expect(describeNames(['Ada', 'Ben', 'Cleo'])).toBe('Ada, Ben, Cleo')
    expect(outboxColumns(language)).toEqual(['Operation', 'Änderungen', 'Size', 'Step', 'Since'])
    expect(documentFacts('d1', snapshot, language)[1]).toEqual({ id: 'role', label: 'Rolle', value: 'Bearbeiter' })
    expect(describeOutbox([], snapshot, language)).toBe('Alles ist sicher.')
    const entry = { counter: 3, step: 'sent', edits: 1234, bytes: 1234, seq: null, since: now } as const
    expect(outboxRow(entry, language)).toMatchObject({ stepText: 'Gesendet', edits: '1.234', size: '1.234 Byte' })
  })

  it('WO-8 one table holds the words of the editor too: no name is in both', () => {
    expect(Object.keys(PAGE_ENGLISH).filter((name) => name in ENGLISH)).toEqual([])
    const german = allWords({ bold: 'Fett', saved: 'Gespeichert' }, 'de')
    expect([german.bold, german.saved, german.italic, german.cancel]).toEqual([
      'Fett',
      'Gespeichert',
      'Italic',
      'Cancel',
    ])
    const austrian = allWords({ saved: 'Gesichert' }, 'de-AT', german)
    expect([austrian.bold, austrian.saved, austrian.italic]).toEqual(['Fett', 'Gesichert', 'Italic'])
  })

  it('WO-9 takes the plural form of the language, and the last one for those that are left out', () => {
    const keptOnDevice = {
      one: '{count} zmiana na tym urządzeniu',
      few: '{count} zmiany na tym urządzeniu',
      many: '{count} zmian na tym urządzeniu',
      other: '{count} zmiany na tym urządzeniu (?)',
    }
    const polish = { words: { keptOnDevice, cutOff: '{kept}' }, locale: 'pl' }
    const said = [1, 2, 5, 22].map((count) => describeSaveStatus(offline(count), polish).text.split(' ', 2).join(' '))
    expect(said).toEqual(['1 zmiana', '2 zmiany', '5 zmian', '22 zmiany'])
    expect(filled({ other: '{count} edits' }, { count: 1 }, 'pl')).toBe('1 edits')
  })

  it('WO-9 English stays English where another language has other forms, and numbers are written as in the language', () => {
    const said = (count: number, locale: string) => describeSaveStatus(offline(count), { locale }).text
    expect(said(21, 'ru')).toBe('Offline – 21 changes on this device')
    expect(said(1, 'ja')).toBe('Offline – 1 change on this device')
    expect(said(1234, 'de')).toBe('Offline – 1.234 changes on this device')
    expect(said(12, 'ar-EG')).toBe('Offline – ١٢ changes on this device')
  })

  it('WO-9 the forms of a table are those of its locale also where only words are passed on', () => {
    const russian = allWords(
      { peopleJoined: { one: '{count} вошёл', few: '{count} вошли', other: '{count} вошло' } },
      'ru',
    )
    expect([21, 22, 25].map((count) => filled(russian.peopleJoined, { count }))).toEqual([
      '21 вошёл',
      '22 вошли',
      '25 вошло',
    ])
  })

  it('WO-10 an error is said by the sentence for its code, in English by that of ERRORS', () => {
    for (const code of Object.keys(ERRORS) as SheafErrorCode[]) {
      const error = new SheafError(code)
      expect(describeError(error)).toBe(ERRORS[code].message)
      expect(describeError(error, { words: { [`error-${code}`]: `Fehler ${code}` } })).toBe(`Fehler ${code}`)
    }
  })

  it('WO-10 what the server says of one edit is kept, and a full device has a sentence of its own', () => {
    const words = { 'error-refused': 'Abgelehnt.', 'error-journal-unavailable': 'Geht nicht.', storageFull: 'Voll.' }
    const said = new SheafError('refused', { message: 'Paragraph 3 is locked.' })
    expect(describeError(said, { words })).toBe('Paragraph 3 is locked.')
    const full = new SheafError('journal-unavailable', {
      message: PAGE_ENGLISH.storageFull,
      cause: Object.assign(new Error('full'), { name: 'QuotaExceededError' }),
    })
    expect(describeError(full)).toBe(PAGE_ENGLISH.storageFull)
    expect(describeError(full, { words })).toBe('Voll.')
    expect(describeError(new SheafError('journal-unavailable'), { words })).toBe('Geht nicht.')
    const refused = { editable: false, saveState: 'refused', unsavedChanges: 1 } as const
    const notice = (error: SheafError) =>
      describeNotice(fakeDocument({ ...refused, error }).getSnapshot(), true, {
        words: { ...words, editRefused: 'Eine Änderung wurde abgelehnt.', unsavedOnDevice: 'Der Rest bleibt hier.' },
      })?.text
    expect(notice(said)).toBe('Paragraph 3 is locked. Der Rest bleibt hier.')
    expect(notice(new SheafError('refused'))).toBe('Eine Änderung wurde abgelehnt. Der Rest bleibt hier.')
  })

  it('WO-11 what came of something that was done with a version can be said again in another language', () => {
    const words = { 'done-name': 'Die Fassung „{name}“ ist gespeichert.', 'error-forbidden': 'Kein Zugang.' }
    const named = { kind: 'done', did: 'name', name: 'Entwurf' } as const
    expect(describeVersionMessage(named)).toBe('The version “Entwurf” is saved.')
    expect(describeVersionMessage(named, { words })).toBe('Die Fassung „Entwurf“ ist gespeichert.')
    const failed = { kind: 'failed', error: new SheafError('forbidden') } as const
    expect(describeVersionMessage(failed, { words })).toBe('Kein Zugang.')
  })
})
