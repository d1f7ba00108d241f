import type { RejectionCode, Role } from '@sheaf/protocol'

/** Somebody whom the server knows: a person of the test world, or only an id. */
export type Somebody = string | { readonly id: string }

export const idOf = (somebody: Somebody): string => (typeof somebody === 'string' ? somebody : somebody.id)

/** A token is a person's id, and how often it was renewed: `ada`, `ada#1`. */
export const tokenOf = (id: string, renewals: number): string => (renewals === 0 ? id : `${id}#${renewals}`)

export const personOf = (token: string): string => token.split('#')[0] ?? ''
const renewalsOf = (token: string): number => Number(token.split('#')[1] ?? 0)

/** Whom the server in memory knows, and what they may do. Outlives a kill, like accounts. */
export class ServerPeople {
  readonly #names = new Map<string, string>()
  readonly #roles = new Map<string, Role | null>()
  /** How often the token of somebody must have been renewed at least. */
  readonly #renewals = new Map<string, number>()
  readonly #refusals = new Map<string, RejectionCode>()

  introduce(id: string, name: string): void {
    this.#names.set(id, name)
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id
  }

  setRole(id: string, role: Role | null): void {
    this.#roles.set(id, role)
  }

  /** An editor until told otherwise; null without any right. */
  roleOf(id: string): Role | null {
    const role = this.#roles.get(id)
    return role === undefined ? 'editor' : role
  }

  expireToken(id: string): void {
    this.#renewals.set(id, (this.#renewals.get(id) ?? 0) + 1)
  }

  isGood(token: string): boolean {
    const id = personOf(token)
    return id !== '' && renewalsOf(token) >= (this.#renewals.get(id) ?? 0)
  }

  refuseNext(id: string, code: RejectionCode): void {
    this.#refusals.set(id, code)
  }

  takeRefusal(id: string): RejectionCode | null {
    const code = this.#refusals.get(id) ?? null
    this.#refusals.delete(id)
    return code
  }
}
