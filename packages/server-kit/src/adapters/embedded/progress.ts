import type { Progress, ProgressStore } from '../../ports.ts'
import type { Environment, Table } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** `last_processed_version`, one value for each document. */
export class EmbeddedProgressStore implements ProgressStore {
  readonly #environment: Environment
  readonly #progress: Table
  readonly #turns = new OneAtATime()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#progress = environment.table('last-processed-version')
  }

  async get(documentId: string): Promise<Progress | null> {
    return this.#progress.getJson<Progress>([documentId], 'document-damaged')
  }

  advance(progress: Progress): Promise<void> {
    return this.#turns.take(progress.documentId, async () => {
      const stored = await this.get(progress.documentId)
      if (stored !== null && stored.seq >= progress.seq) return
      await this.#environment.commit([this.#progress.putJson([progress.documentId], progress)])
    })
  }
}
