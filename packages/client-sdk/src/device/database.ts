/** IndexedDB as promises. */

/** What a request is answered with. The transaction stays open for whoever asks on in the same moment. */
export function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the request failed')))
  })
}

/** Resolves when all of the transaction is stored, and rejects when nothing of it is. */
export function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('the transaction was aborted')))
  })
}

/**
 * Opens a database of one version with these object stores.
 *
 * @param onLost the browser has closed it, or somebody wants to delete or upgrade it and it was closed for that
 */
export function openDatabase(
  factory: IDBFactory,
  name: string,
  stores: readonly string[],
  onLost: () => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let refused = false
    const request = factory.open(name, 1)
    request.addEventListener('upgradeneeded', () => {
      for (const store of stores) request.result.createObjectStore(store)
    })
    request.addEventListener('blocked', () => {
      refused = true
      reject(new Error('another tab keeps an older version of the device store open'))
    })
    request.addEventListener('error', () => reject(request.error ?? new Error('the database could not be opened')))
    request.addEventListener('success', () => {
      const database = request.result
      // Whoever asked has been told that it failed, and asks again.
      if (refused) return database.close()
      // Neither a newer version of this code in another tab nor a person who clears the data must wait for this page.
      database.addEventListener('versionchange', () => {
        database.close()
        onLost()
      })
      database.addEventListener('close', onLost)
      resolve(database)
    })
  })
}
