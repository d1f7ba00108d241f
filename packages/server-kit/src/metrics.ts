/** What the core counts and measures. Names are Prometheus names without the `sheaf_` prefix. */
export const METRICS = {
  operations_committed_total: 'Operations that became durable.',
  operations_rejected_total: 'Operations that were refused, by code.',
  operations_duplicate_total: 'Operations that were known already.',
  operations_quarantined_total: 'Stored operations that are left out of the document. Alarm on any.',
  appends_failed_total: 'Appends whose outcome is unknown.',
  append_conflicts_total: 'Appends that found their place taken.',
  appends_without_lock_total: 'Times that somebody else held a lock for longer than one waits.',
  operations_published_total: 'Operations that the feed took.',
  publishes_failed_total: 'Calls that the feed did not take, or not in time.',
  folds_failed_total: 'Attempts to fold a document that failed by the document itself. Alarm on any.',
  snapshots_damaged_total: 'Stored snapshots that could not be read. Alarm on any.',
  snapshots_refused_total: 'New snapshots that were not equal to their document. Alarm on any.',
  snapshots_stored_total: 'Snapshots that were stored.',
  rooms_damaged_total: 'Documents that could not be opened. Alarm on any.',
  sessions_closed_total: 'Sessions that the server ended, by reason.',
  presence_dropped_total: 'Presence patches that were not passed on.',
  commit_batch_operations: 'Operations per append.',
  commit_milliseconds: 'Time from the acceptance of an operation until it was durable: what people wait for.',
  append_milliseconds: 'Time of one append.',
  room_load_milliseconds: 'Time to load a room.',
} as const

export type MetricName = keyof typeof METRICS

/** Where figures go. Neither call may throw. */
export interface Metrics {
  count(name: MetricName, by?: number, label?: string): void
  observe(name: MetricName, value: number): void
}

export const noMetrics: Metrics = { count: () => undefined, observe: () => undefined }

/** Facts of a log line: ids, codes and numbers; never content, never a token. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>

/** Where log lines go; pino's logger fits behind three arrows. */
export interface Log {
  info(facts: LogFacts, message: string): void
  warn(facts: LogFacts, message: string): void
  /** Somebody should look at it soon. */
  error(facts: LogFacts, message: string): void
}

export const noLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The message of whatever was thrown, for a log line. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown')
