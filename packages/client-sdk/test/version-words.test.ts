import { describe, expect, it } from 'vitest'
import { describeMoment, describeRestore, versionDetail, versionTitle } from '../src/index.ts'
import type { Version } from '../src/index.ts'

const now = Date.parse('2026-03-02T12:00:00.000Z')
const when = (iso: string, timeZone = 'UTC', locale = 'en-GB') => describeMoment(iso, { now, locale, timeZone })

describe('a version in words', () => {
  it('WO-1 is called by its name, else by why it exists', () => {
    expect(versionTitle({ name: 'Draft', kind: 'auto' })).toBe('Draft')
    const kinds: Version['kind'][] = ['initial', 'auto', 'named', 'restore']
    expect(kinds.map((kind) => versionTitle({ name: null, kind }))).toEqual([
      'First version',
      'Saved while writing',
      'Named version',
      'Restored version',
    ])
  })

  it('WO-2 a moment is today, yesterday, a day of this year or one of another', () => {
    expect(when('2026-03-02T08:05:00.000Z')).toBe('Today, 08:05')
    expect(when('2026-03-01T23:59:00.000Z')).toBe('Yesterday, 23:59')
    expect(when('2026-02-28T08:05:00.000Z')).toBe('28 February, 08:05')
    expect(when('2025-12-31T08:05:00.000Z')).toBe('31 December 2025, 08:05')
  })

  it('WO-2 by the days of the time zone, in the language', () => {
    expect(when('2026-03-01T23:59:00.000Z', 'Europe/Vienna')).toBe('Today, 00:59')
    expect(when('2026-03-02T08:05:00.000Z', 'UTC', 'de')).toBe('Heute, 08:05')
    expect(when('2026-03-02T08:05:00.000Z', 'UTC', 'en-US')).toBe('Today, 8:05 AM')
  })

  it('WO-2 shows what is no moment as it is', () => {
    expect(when('long ago')).toBe('long ago')
  })

  it('WO-2 tells in a sentence which moment is to be restored', () => {
    const options = { now, locale: 'en-GB', timeZone: 'UTC' }
    expect(describeRestore({ createdAt: '2026-03-01T08:05:00.000Z' }, options)).toBe(
      'The document becomes what it was in this version (Yesterday, 08:05). What is there now stays in the history.',
    )
  })

  it('WO-2 names those who have written', () => {
    const createdAt = '2026-03-02T08:05:00.000Z'
    const authors = ['Ada', 'Ben'].map((displayName) => ({ id: displayName, displayName }))
    const options = { now, locale: 'en-GB', timeZone: 'UTC' }
    expect(versionDetail({ createdAt, authors }, options)).toBe('Today, 08:05 · Ada, Ben')
    expect(versionDetail({ createdAt, authors: [] }, options)).toBe('Today, 08:05')
  })
})
