import type { Marker } from './marker.ts'

/** What happened in a run, in the order in which it happened. The checker knows nothing else. */
export type HistoryEvent =
  /** A person wrote a marker in a tab. */
  | {
      readonly kind: 'written'
      readonly tab: string
      readonly user: string
      readonly marker: Marker
      readonly at: number
    }
  /** A person tried to delete a marker. */
  | { readonly kind: 'erased'; readonly tab: string; readonly marker: Marker; readonly at: number }
  /** The device store has it: a crash of the tab cannot take it away. */
  | {
      readonly kind: 'journaled'
      readonly device: string
      readonly user: string
      readonly markers: readonly Marker[]
      readonly at: number
    }
  /** An operation reached a server. */
  | {
      readonly kind: 'arrived'
      readonly server: string
      readonly replicaId: string
      readonly counter: number
      readonly at: number
    }
  /** The operation log has it. */
  | {
      readonly kind: 'durable'
      /** Which server wrote it. */
      readonly server: string
      readonly seq: number
      readonly replicaId: string
      readonly counter: number
      readonly authorId: string
      readonly markers: readonly Marker[]
      readonly at: number
    }
  /** The server acknowledged all operations of a replica up to this counter. */
  | { readonly kind: 'acknowledged'; readonly replicaId: string; readonly counter: number; readonly at: number }
  /** The server showed content to a client: an operation, or a state up to `seq`. */
  | {
      readonly kind: 'shown'
      readonly tab: string
      readonly seq: number
      readonly markers: readonly Marker[]
      readonly at: number
    }
  /** A tab said "saved", having written and erased these so far. */
  | {
      readonly kind: 'saved'
      readonly tab: string
      readonly markers: readonly Marker[]
      readonly erased: readonly Marker[]
      readonly at: number
    }
  | { readonly kind: 'rights'; readonly user: string; readonly mayEdit: boolean; readonly at: number }
  /** `last_processed_version` as it is stored now. */
  | { readonly kind: 'processed'; readonly seq: number; readonly at: number }
  /** After healing: what one view shows. */
  | { readonly kind: 'view'; readonly view: string; readonly appearance: string; readonly markers: readonly Marker[] }
  /** After healing: what a device still keeps, unsent or refused. */
  | { readonly kind: 'kept'; readonly device: string; readonly markers: readonly Marker[] }
  /** After healing, and after all the time that healing may take, something was not at rest. */
  | { readonly kind: 'restless'; readonly what: string }

/** Time that a withdrawn right may still be used: it reaches open sessions within a second. */
export const RIGHTS_GRACE_MS = 1_000
