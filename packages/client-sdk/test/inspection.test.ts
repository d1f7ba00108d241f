import { describe, expect, it } from 'vitest'
import {
  OUTBOX_COLUMNS,
  SheafError,
  describeNoRows,
  describeOutbox,
  documentFacts,
  outboxRow,
  outboxRows,
} from '../src/index.ts'
import type { DocumentSnapshot, OutboxEntry, OutboxStep } from '../src/index.ts'
import { fakeDocument } from '../src/testing/index.ts'

const usual = fakeDocument().getSnapshot()
const facts = (change: Partial<DocumentSnapshot>) =>
  documentFacts('d1', fakeDocument(change).getSnapshot()).map(({ label, value }) => `${label}: ${value}`)

const entry = (change: Partial<OutboxEntry>): OutboxEntry => ({
  counter: 3,
  step: 'sent',
  edits: 2,
  bytes: 41,
  seq: null,
  since: Date.parse('2026-03-02T08:05:09.000Z'),
  ...change,
})
const STEPS: OutboxStep[] = ['gathering', 'on-device', 'sent', 'received', 'durable', 'refused']

describe('a document looked into', () => {
  it('WO-4 names what is known, and leaves out what is not there', () => {
    expect(facts({})).toEqual(['Connection: Connected', 'Role: Editor', 'Edits not durable: 0', 'Document: d1'])
    expect(facts({ role: null, connection: 'offline', editable: true }).slice(0, 2)).toEqual([
      'Connection: Offline',
      'Role: Not known yet; you may edit',
    ])
    const error = new SheafError('refused', { message: 'Too long.', rejection: 'too-large' })
    expect(facts({ role: 'viewer', editable: false, unsavedChanges: 4, recovered: 12, error })).toEqual([
      'Connection: Connected',
      'Role: Viewer (read only)',
      'Edits not durable: 4',
      'Edits recovered from an earlier visit: 12',
      'Problem: Too long. (too-large)',
      'Document: d1',
    ])
  })

  it('WO-5 a row keeps its key while its operation goes on its way', () => {
    const rows = STEPS.map((step) => outboxRow(entry({ step }), 'en'))
    expect(new Set(rows.map(({ key }) => key))).toEqual(new Set(['3']))
    expect(outboxRow(entry({ counter: null, step: 'gathering' }), 'en')).toMatchObject({
      key: 'gathering',
      name: 'Next',
      stepText: 'In this page',
    })
    const durable = outboxRow(entry({ step: 'durable', seq: 17 }), 'en')
    expect(durable).toMatchObject({ name: '3', edits: '2', size: '41 bytes', stepText: 'Durable, place 17' })
    expect(durable.sinceIso).toBe('2026-03-02T08:05:09.000Z')
    expect(OUTBOX_COLUMNS).toHaveLength(5)
  })

  it('WO-5 the newest is first', () => {
    const entries = [entry({ counter: 1, step: 'durable' }), entry({ counter: 2 }), entry({ counter: null })]
    expect(outboxRows(entries).map(({ key }) => key)).toEqual(['gathering', '2', '1'])
  })

  it('WO-6 the summary stays the same while people write, and is never more than true', () => {
    expect(describeOutbox([], usual)).toBe('Every edit is durable.')
    for (const step of STEPS) {
      const summary = describeOutbox([entry({ counter: 2, step: 'durable' }), entry({ step })], usual)
      expect(summary === 'Every edit is durable.').toBe(step === 'durable')
    }
    const writing = (['gathering', 'on-device', 'sent', 'received'] as const).map((step) =>
      describeOutbox([entry({ step })], usual),
    )
    expect(new Set(writing)).toEqual(new Set(['Edits are on their way.']))
    expect(describeOutbox([entry({})], { ...usual, connection: 'offline' })).toBe(
      'Edits wait on this device for a connection.',
    )
    expect(
      describeOutbox([entry({ step: 'refused' }), entry({ counter: 4 })], { ...usual, connection: 'offline' }),
    ).toBe('The server refused an edit. What was not saved stays on this device.')
    // Words that another tab has left behind are in no list yet.
    expect(describeOutbox([], { ...usual, unsavedChanges: 3 })).toBe('Edits are on their way.')
    expect(describeOutbox([], { ...usual, saveState: 'refused', unsavedChanges: 3 })).toMatch(
      /^Edits cannot be saved\./,
    )
  })

  it('WO-6 of a device that keeps nothing it is not said that words are on it', () => {
    const lost: Partial<DocumentSnapshot> = { device: 'keeps-nothing', unsavedChanges: 1 }
    const states: Partial<DocumentSnapshot>[] = [
      { ...lost, connection: 'offline' },
      { ...lost, saveState: 'refused' },
      { ...lost, connection: 'closed', saveState: 'refused' },
    ]
    for (const state of states)
      for (const step of STEPS) {
        const summary = describeOutbox([entry({ step })], { ...usual, ...state })
        expect(summary).not.toMatch(/on this device/)
        expect(summary).toMatch(/this page/)
      }
  })

  it('WO-6 where no operation is listed it is said what is known, not that nothing was written', () => {
    expect(describeNoRows(usual)).toBe('Nothing is waiting.')
    expect(describeNoRows({ ...usual, unsavedChanges: 2 })).toBe('Edits are being gathered.')
    expect(describeNoRows({ ...usual, loaded: false })).toBe('Nothing is known yet.')
    expect(describeNoRows(null)).toBe('Nothing is known yet.')
  })
})
