import { SheafServerError } from '../../errors.ts'
import type { UserRecord, UserStore } from '../../ports.ts'
import type { Environment, Table } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** Users by id, and for each e-mail address, in lower case, the id of its user. */
export class EmbeddedUserStore implements UserStore {
  readonly #environment: Environment
  readonly #users: Table
  readonly #emails: Table
  readonly #turns = new OneAtATime()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#users = environment.table('users')
    this.#emails = environment.table('users-by-email')
  }

  create(user: UserRecord): Promise<void> {
    // One turn for all users: an id and an address have to be free at the same time.
    return this.#turns.take('create', async () => {
      const email = user.email.toLowerCase()
      if (this.#users.has([user.id]) || this.#emails.has([email]))
        throw new SheafServerError('conflict', 'there is a user with this id or e-mail address already')
      await this.#environment.commit([this.#users.putJson([user.id], user), this.#emails.putJson([email], user.id)])
    })
  }

  async get(id: string): Promise<UserRecord | null> {
    return this.#users.getJson<UserRecord>([id])
  }

  async getMany(ids: readonly string[]): Promise<UserRecord[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)))
    return found.filter((user) => user !== null)
  }

  async list(page: { limit: number; after?: string }): Promise<UserRecord[]> {
    const after = page.after === undefined ? {} : { after: [page.after] }
    return this.getMany(this.#users.keys([], { limit: page.limit, ...after }).map(([id]) => String(id)))
  }

  async findByEmail(email: string): Promise<UserRecord | null> {
    const id = this.#emails.getJson<string>([email.toLowerCase()])
    return id === null ? null : this.get(id)
  }

  update(
    id: string,
    change: Partial<Pick<UserRecord, 'passwordHash' | 'displayName' | 'disabledAt' | 'canCreateDocuments'>>,
  ): Promise<boolean> {
    return this.#turns.take(`update ${id}`, async () => {
      const user = await this.get(id)
      if (user === null) return false
      await this.#environment.commit([this.#users.putJson([id], { ...user, ...change })])
      return true
    })
  }
}
