import { describe, expect, it } from 'vitest'
import { SheafError, describeNotice } from '../src/index.ts'
import type { DocumentSnapshot, SheafErrorCode } from '../src/index.ts'
import { fakeDocument } from '../src/testing/index.ts'

const notice = (change: Partial<DocumentSnapshot>, wasEditable = true) =>
  describeNotice(fakeDocument(change).getSnapshot(), wasEditable)

describe('the notice of a document', () => {
  it('WO-3 says nothing while all is well, also offline', () => {
    expect(notice({})).toBeNull()
    expect(notice({ connection: 'offline', saveState: 'unsaved', unsavedChanges: 4 })).toBeNull()
  })

  it('WO-3 says why a document became read-only, and whether there is something to export', () => {
    const error = new SheafError('refused', { message: 'Too long.' })
    expect(notice({ saveState: 'refused', unsavedChanges: 2, editable: false, error })).toEqual({
      kind: 'blocked',
      text: 'Too long. What was not saved yet stays on this device.',
      exportable: true,
    })
    expect(notice({ editable: false, error: new SheafError('document-deleted') })).toEqual({
      kind: 'blocked',
      text: 'This document was deleted.',
      exportable: false,
    })
  })

  it('WO-3 a withdrawn right is called that, and what was not saved is kept', () => {
    const withdrawn: Partial<DocumentSnapshot> = { role: 'viewer', editable: false }
    expect(notice(withdrawn)?.text).toBe('Your right to edit was withdrawn. You may still read along.')
    const error = new SheafError('refused', { rejection: 'not-allowed' })
    expect(notice({ ...withdrawn, saveState: 'refused', unsavedChanges: 1, error })).toEqual({
      kind: 'blocked',
      text: 'Your right to edit was withdrawn. What was not saved yet stays on this device.',
      exportable: true,
    })
  })

  it('WO-3 to who never could write it is no news, and no matter what the device keeps', () => {
    const reader: Partial<DocumentSnapshot> = { role: 'viewer', editable: false }
    expect(notice(reader, false)).toBeNull()
    expect(notice({ ...reader, error: new SheafError('journal-unavailable') }, false)).toBeNull()
  })

  it('WO-3 a device that keeps nothing is a warning while editing goes on', () => {
    const { message } = new SheafError('journal-unavailable')
    expect(notice({ error: new SheafError('journal-unavailable') })).toEqual({
      kind: 'warning',
      text: message,
      exportable: false,
    })
  })

  it('WO-7 each problem is told as what happened and what to do, with the download where something is unsaved', () => {
    const blocked = (code: SheafErrorCode, change: Partial<DocumentSnapshot> = {}) =>
      notice({ editable: false, saveState: 'refused', unsavedChanges: 2, error: new SheafError(code), ...change })
    expect(blocked('server-behind')?.text).toMatch(
      /^The server was set back .* Copy what you need .* stays on this device\.$/,
    )
    expect(blocked('schema-mismatch')?.text).toMatch(/reload the page .* stays on this device\.$/)
    expect(blocked('document-deleted')?.text).toBe(
      'This document was deleted. What was not saved yet stays on this device.',
    )
    expect(blocked('forbidden', { role: null })?.text).toMatch(/^You have no access .* stays on this device\.$/)
    expect(blocked('refused')?.text).toBe('The server refused an edit. What was not saved yet stays on this device.')
    for (const code of ['server-behind', 'schema-mismatch', 'document-deleted', 'forbidden', 'refused'] as const) {
      expect(blocked(code)).toMatchObject({ kind: 'blocked', exportable: true })
      expect(blocked(code, { saveState: 'saved', unsavedChanges: 0 })).toMatchObject({ exportable: false })
      expect(blocked(code, { saveState: 'saved', unsavedChanges: 0 })?.text).not.toMatch(/not saved yet/)
      const lost = blocked(code, { device: 'keeps-nothing' })
      expect(lost?.text).not.toMatch(/on this device\.$/)
      expect(lost?.text).toMatch(/in this page only: download it before you close the page\.$/)
    }
  })

  it('WO-7 words that wait for a connection in a page that is all there is of them can be downloaded', () => {
    const full: Partial<DocumentSnapshot> = { device: 'keeps-nothing', error: new SheafError('journal-unavailable') }
    expect(notice({ ...full, saveState: 'unsaved', unsavedChanges: 3, connection: 'offline' })?.exportable).toBe(true)
    // While they are on their way, a button would come and go with each letter.
    expect(notice({ ...full, saveState: 'saving', unsavedChanges: 3 })?.exportable).toBe(false)
    const both = { ...full, saveState: 'unsaved', unsavedChanges: 3, error: new SheafError('unavailable') } as const
    expect(notice(both)).toEqual({
      kind: 'warning',
      text: 'The server cannot answer at the moment. It is tried again. Keep this page open until then.',
      exportable: true,
    })
  })
})
