import { SheafServerError } from '../errors.ts'
import type {
  DocumentRecord,
  PermissionRecord,
  Progress,
  RefreshTokenRecord,
  UserRecord,
  VersionRecord,
} from '../ports.ts'
import type { StoredOperation } from '@sheaf/protocol'

/** What happens to the next appends. */
export type AppendFault =
  /** Nothing is stored and the caller is told so by a rejection. */
  | 'fail'
  /** It is stored, and the answer is lost. */
  | 'lose-answer'

/** What all servers over the same stores share, and a crash leaves. */
export interface Durable {
  readonly documents: Map<string, DocumentRecord>
  readonly operations: Map<string, StoredOperation[]>
  /** Document -> the highest seq that was trimmed. */
  readonly trimmed: Map<string, number>
  readonly versions: Map<string, { record: VersionRecord; snapshot: Uint8Array | null }>
  readonly progress: Map<string, Progress>
  readonly locks: Map<string, { owner: string; fence: number; expiresAt: number }>
  readonly users: Map<string, UserRecord>
  readonly permissions: Map<string, PermissionRecord>
  readonly refreshTokens: Map<string, RefreshTokenRecord>
  readonly attempts: Map<string, { count: number; resetsAt: number }>
}

export const emptyDurable = (): Durable => ({
  documents: new Map(),
  operations: new Map(),
  trimmed: new Map(),
  versions: new Map(),
  progress: new Map(),
  locks: new Map(),
  users: new Map(),
  permissions: new Map(),
  refreshTokens: new Map(),
  attempts: new Map(),
})

/** One process as its stores see it: when its writes become durable, and whether it lives. */
export class MemoryProcess {
  readonly writes = new Map<string, number>()
  delay: ((write: string) => Promise<void>) | null = null
  fault: AppendFault | null = null
  isDown = false
  isCrashed = false

  check(): void {
    if (this.isDown) throw new SheafServerError('unavailable')
  }

  /** Runs a write when it becomes durable. In a process that has died nothing ever comes back. */
  async write<T>(name: string, apply: () => T): Promise<T> {
    if (this.delay !== null) await this.delay(name)
    if (this.isCrashed) return new Promise<never>(() => undefined)
    this.check()
    this.writes.set(name, (this.writes.get(name) ?? 0) + 1)
    return apply()
  }

  async read<T>(look: () => T): Promise<T> {
    if (this.isCrashed) return new Promise<never>(() => undefined)
    this.check()
    return look()
  }

  /** The fault of the next append, which is over with it. */
  takeFault(fault: AppendFault): boolean {
    if (this.fault !== fault) return false
    this.fault = null
    return true
  }
}
