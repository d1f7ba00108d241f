import * as Y from 'yjs'

/**
 * Applies an update and nothing else. After a change that it takes for somebody else's, Yjs removes format marks that it
 * finds redundant, as deletions of its own; those are in no operation, and a mark that is redundant now may count once a
 * concurrent operation arrives. A server that did so would hold another document than its log tells.
 * A transaction that says it is local is spared that.
 */
export function mergeUpdate(ydoc: Y.Doc, update: Uint8Array): void {
  ydoc.transact((transaction) => {
    Y.applyUpdateV2(ydoc, update)
    transaction.local = true
  })
}
