import { describe, expect, it } from 'vitest'
import { OUTBOX_COLUMNS, SheafError, describeOutbox, documentFacts, outboxRow, outboxRows } from '../src/index.ts'
import type { DocumentSnapshot, OutboxEntry, OutboxStep } from '../src/index.ts'

const usual = {
  connection: 'connected',
  saveState: 'saved',
  unsavedChanges: 0,
  role: 'editor',
  loaded: true,
  editable: true,
  recovered: 0,
  error: null,
} as unknown as DocumentSnapshot
const facts = (change: Partial<DocumentSnapshot>) =>
  documentFacts('d1', { ...usual, ...change }).map(({ label, value }) => `${label}: ${value}`)

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
    expect(facts({ role: null, connection: 'offline' }).slice(0, 2)).toEqual([
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
    expect(describeOutbox([], 'connected')).toBe('Every edit is durable.')
    for (const step of STEPS) {
      const summary = describeOutbox([entry({ counter: 2, step: 'durable' }), entry({ step })], 'connected')
      expect(summary === 'Every edit is durable.').toBe(step === 'durable')
    }
    const writing = (['gathering', 'on-device', 'sent', 'received'] as const).map((step) =>
      describeOutbox([entry({ step })], 'connected'),
    )
    expect(new Set(writing)).toEqual(new Set(['Edits are on their way.']))
    expect(describeOutbox([entry({})], 'offline')).toBe('Edits wait on this device for a connection.')
    expect(describeOutbox([entry({ step: 'refused' }), entry({ counter: 4 })], 'offline')).toMatch(
      /^The server refused/,
    )
  })
})
