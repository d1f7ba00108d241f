/** IndexedDB as promises. */

const reasonOf = ({ error }: IDBRequest | IDBTransaction): Error => error ?? new Error('IndexedDB gave up')

/** What a request is answered with. The transaction stays open for whoever asks on in the same moment. */
export function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(reasonOf(request)))
  })
}

/** Resolves when all of the transaction is stored, and rejects when nothing of it is. */
export function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(reasonOf(transaction)))
  })
}

/**
 * Opens a database of one version with these object stores. While somebody else deletes it, that is waited for.
 *
 * @param onLost the browser has closed it, or somebody wants to delete or upgrade it and it was closed for that
 */
export async function openDatabase(
  factory: IDBFactory,
  name: string,
  stores: readonly string[],
  onLost: () => void,
): Promise<IDBDatabase> {
  const request = factory.open(name, 1)
  request.addEventListener('upgradeneeded', () => {
    for (const store of stores) request.result.createObjectStore(store)
  })
  const database = await answerOf(request)
  // Neither a newer version of this code in another tab nor a person who clears the data must wait for this page.
  database.addEventListener('versionchange', () => {
    database.close()
    onLost()
  })
  database.addEventListener('close', onLost)
  return database
}
