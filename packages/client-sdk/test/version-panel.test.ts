import { describe, expect, it } from 'vitest'
import { SheafError, createVersionHistory, createVersionPanel } from '../src/index.ts'
import type { DocumentSnapshot, DocumentVersions, Version, VersionPanelDocument } from '../src/index.ts'

const version = (id: string, name: string | null = null): Version => ({
  id,
  seq: 1,
  kind: 'auto',
  name,
  authors: [],
  createdAt: '2026-01-02T03:04:05.000Z',
})

/** Versions on a server that answers when the test says so. */
function historyOf(versions: readonly Version[]) {
  const calls: string[] = []
  const contents = new Map<string, (content: unknown) => void>()
  const broken = new Set<string>()
  const answer = async <Value>(call: string, value: Value): Promise<Value> => {
    calls.push(call)
    if (broken.has(call.split(' ')[0] ?? '')) throw new SheafError('forbidden')
    return value
  }
  const source: DocumentVersions = {
    list: () => answer('list', { items: versions, nextCursor: 'more' }),
    create: (name) => answer(`create ${name}`, version('new', name)),
    rename: (id, name) => answer(`rename ${id} ${name}`, version(id, name)),
    getContent: (id) => new Promise((resolve) => contents.set(id, resolve)),
    restore: (id) => answer(`restore ${id}`, { seq: 2 }),
  }
  return { history: createVersionHistory(source), calls, contents, broken }
}

/** An open document of which the test says when it is durable. */
class OpenDocument implements VersionPanelDocument {
  readonly listeners = new Set<() => void>()
  snapshot = { connection: 'connected', unsavedChanges: 0 } as DocumentSnapshot
  becomeDurable: () => void = () => undefined
  getSnapshot(): DocumentSnapshot {
    return this.snapshot
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  whenDurable(): Promise<void> {
    if (this.snapshot.unsavedChanges === 0) return Promise.resolve()
    return new Promise((resolve) => (this.becomeDurable = resolve))
  }
  change(change: Partial<DocumentSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change }
    for (const listener of this.listeners) listener()
  }
}

const [first, second] = [version('1', 'First'), version('2')]
const soon = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

describe('a panel of versions', () => {
  it('VP-1 looks at one version; content of another changes nothing', async () => {
    const { history, contents } = historyOf([first, second])
    const panel = createVersionPanel(history, null)
    const before = panel.getSnapshot()
    panel.select(first)
    expect(panel.getSnapshot()).toMatchObject({ selected: first, preview: { status: 'loading' } })
    expect(before.selected).toBeNull()
    panel.select(second)
    contents.get('1')?.('content of the first')
    await soon()
    expect(panel.getSnapshot().preview).toEqual({ status: 'loading' })
    contents.get('2')?.('content of the second')
    await soon()
    expect(panel.getSnapshot().preview).toEqual({ status: 'ready', content: 'content of the second' })
    panel.select(null)
    expect(panel.getSnapshot()).toMatchObject({ selected: null, preview: null })
    expect(panel.getSnapshot()).toBe(panel.getSnapshot())
  })

  it('VP-2 asks before it restores, waits for the last words, and says what it did', async () => {
    const { history, calls } = historyOf([first, second])
    const document = new OpenDocument()
    const panel = createVersionPanel(history, document)
    await panel.restore()
    panel.askToRestore(first)
    panel.cancelRestore()
    await panel.restore()
    expect(calls).toEqual([])
    document.change({ unsavedChanges: 3 })
    panel.select(first)
    panel.askToRestore(first)
    expect(panel.getSnapshot().confirming).toBe(first)
    const restoring = panel.restore()
    await soon()
    expect(panel.getSnapshot()).toMatchObject({ confirming: null, busy: 'restore' })
    expect(calls).toEqual([])
    document.becomeDurable()
    await restoring
    expect(calls).toEqual(['restore 1', 'list'])
    expect(panel.getSnapshot()).toMatchObject({ selected: null, busy: null, message: { kind: 'done' } })
    expect(document.listeners.size).toBe(0)
  })

  it('VP-3 a name is given to what has one\u2019s last words; without a connection it fails in words', async () => {
    const { history, calls } = historyOf([])
    const document = new OpenDocument()
    const panel = createVersionPanel(history, document)
    document.change({ unsavedChanges: 1 })
    const naming = panel.name('Draft')
    document.becomeDurable()
    expect(await naming).toBe(true)
    expect(calls).toEqual(['create Draft', 'list'])
    expect(panel.getSnapshot().message?.text).toContain('Draft')
    const cutOff = panel.name('Later')
    document.change({ connection: 'reconnecting' })
    expect(await cutOff).toBe(false)
    expect(await panel.name('Offline')).toBe(false)
    expect(calls).toEqual(['create Draft', 'list'])
    expect(panel.getSnapshot()).toMatchObject({ busy: null, message: { kind: 'failed' } })
    expect(panel.getSnapshot().message?.text).toMatch(/server could not be reached/)
  })

  it('VP-4 does one thing at a time, and says what fails', async () => {
    const { history, calls, contents, broken } = historyOf([first, second])
    const panel = createVersionPanel(history, null)
    const renaming = panel.rename(first, 'One')
    expect(await panel.rename(second, 'Two')).toBe(false)
    panel.select(first)
    expect(await renaming).toBe(true)
    expect(calls).toEqual(['rename 1 One', 'list'])
    expect(panel.getSnapshot().selected?.name).toBe('One')
    broken.add('rename').add('restore').add('create')
    expect(await panel.rename(second, 'Two')).toBe(false)
    expect(panel.getSnapshot().message).toMatchObject({ kind: 'failed', text: new SheafError('forbidden').message })
    panel.askToRestore(first)
    await panel.restore()
    expect(panel.getSnapshot()).toMatchObject({ busy: null, message: { kind: 'failed' } })
    expect(panel.getSnapshot().selected?.id).toBe('1')
    contents.get('1')?.(Promise.reject(new TypeError('not to be read')))
    await soon()
    expect(panel.getSnapshot().preview).toMatchObject({ status: 'failed', error: { code: 'unavailable' } })
    await history.reload()
    await panel.loadMore()
    expect(history.getSnapshot().versions).toHaveLength(4)
  })
})
