import { CONTENT_ROOT } from '@sheaf/protocol'
import type * as Y from 'yjs'
import type { BrokenPromise } from './broken-promise.ts'
import { changeOf, textOf } from './change.ts'
import { ClockRanges } from './clock-ranges.ts'
import type { OperationLog } from './operation-log.ts'
import type { TestPerson } from './test-person.ts'

/** What the log of a server holds more than once: an operation, or a part of one under another name. */
export function doubledIn(log: OperationLog, documentId: string): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = []
  const ids = new Set<string>()
  const written = new ClockRanges()
  for (const { seq, replicaId, counter, authorId, update } of log.read(documentId)) {
    const id = `${replicaId} ${counter}`
    const { inserted } = changeOf(update)
    const again = inserted.within(written).size
    if (ids.has(id) || again > 0)
      broken.push({
        kind: 'doubled',
        what: `operation ${counter} of ${authorId} stands in the log of ${documentId} again, as seq ${seq}`,
      })
    ids.add(id)
    written.addAll(inserted)
  }
  return broken
}

const appearanceOf = (doc: Y.Doc): string => doc.getXmlFragment(CONTENT_ROOT).toString()

/** Whose view of a document is not that of somebody who opens it now. */
export function viewsThatDiffer(
  people: readonly TestPerson[],
  documentId: string,
  found: Y.Doc,
): readonly BrokenPromise[] {
  const expected = appearanceOf(found)
  return people.flatMap(({ name, documents }) =>
    documents
      .filter((document) => {
        const { connection, saveState } = document.getSnapshot()
        return document.id === documentId && connection === 'connected' && saveState === 'saved'
      })
      .filter(({ ydoc }) => appearanceOf(ydoc) !== expected)
      .map(({ ydoc }): BrokenPromise => {
        const what = `${name} sees ${JSON.stringify(textOf(ydoc))} in ${documentId}, and who opens it now ${JSON.stringify(textOf(found))}`
        return { kind: 'different views', what }
      }),
  )
}
