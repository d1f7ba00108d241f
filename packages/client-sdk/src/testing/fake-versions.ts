import { SheafError } from '../errors.ts'
import type { DocumentVersions, Version } from '../versions.ts'

/** Told of each call, before it does anything; may throw in its place. */
export type OnVersionsCall = (call: keyof DocumentVersions, ...given: readonly string[]) => void

/** A history in memory, newest first, in pages of so many. */
export function fakeVersions(initial: readonly Version[], perPage: number, onCall: OnVersionsCall): DocumentVersions {
  let items = initial
  const find = (versionId: string): Version => {
    const version = items.find(({ id }) => id === versionId)
    if (version === undefined) throw new SheafError('not-found')
    return version
  }
  const add = (kind: Version['kind'], name: string | null): Version => {
    const seq = (items[0]?.seq ?? 0) + 1
    const createdAt = `2026-01-01T00:00:00.${String(seq % 1_000).padStart(3, '0')}Z`
    const version = { id: `version-${seq}`, seq, kind, name, authors: [], createdAt }
    items = [version, ...items]
    return version
  }
  return {
    list: async ({ cursor } = {}) => {
      onCall('list')
      const from = Number(cursor ?? 0)
      const to = from + perPage
      return { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null }
    },
    create: async (name) => {
      onCall('create', name)
      return add('named', name)
    },
    rename: async (versionId, name) => {
      onCall('rename', versionId, name)
      const renamed = { ...find(versionId), name }
      items = items.map((version) => (version.id === versionId ? renamed : version))
      return renamed
    },
    getContent: async (versionId) => {
      onCall('getContent', versionId)
      const text = `The content of ${find(versionId).id}`
      return { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }
    },
    restore: async (versionId) => {
      onCall('restore', versionId)
      find(versionId)
      return { seq: add('restore', null).seq }
    },
  }
}
