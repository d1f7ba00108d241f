import type { DocumentInfo, DocumentsApi } from './api.ts'

/**
 * Names of the people who made shared documents. One look at the permissions of a document tells the name of its maker, and serves
 * all other documents of the same one.
 */
export class Owners {
  readonly #api: DocumentsApi
  readonly #names = new Map<string, Promise<string | null>>()

  constructor(api: DocumentsApi) {
    this.#api = api
  }

  /** Null where that cannot be found out: the name is a courtesy. */
  nameFor({ id, createdBy }: DocumentInfo): Promise<string | null> {
    const known = this.#names.get(createdBy)
    if (known !== undefined) return known
    const asked = this.#ask(id, createdBy).catch(() => {
      this.#names.delete(createdBy)
      return null
    })
    this.#names.set(createdBy, asked)
    return asked
  }

  async #ask(id: string, createdBy: string): Promise<string | null> {
    const people = await this.#api.permissions(id)
    const maker = people.find(({ userId }) => userId === createdBy) ?? people.find(({ role }) => role === 'owner')
    return maker?.displayName ?? null
  }
}
