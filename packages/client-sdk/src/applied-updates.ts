/**
 * Under this name a transaction that applies updates of others keeps them in its `meta`. What a deletion names, its author knew; the
 * editor has to tell that from what only went away with it, and the transaction itself does not.
 */
export const APPLIED_UPDATES = 'sheaf-updates'
