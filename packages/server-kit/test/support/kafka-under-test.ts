import { randomUUID } from 'node:crypto'
import type { KafkaOptions } from '../../src/adapters/kafka/index.ts'
import type { Log, LogFacts } from '../../src/metrics.ts'

/** A topic, and with it a group, that no other test uses. */
export const aTopic = (): string => `sheaf.test.${randomUUID()}`

/** Options on these brokers, with a group of its own for each topic. */
export function kafkaOptions(brokers: string, change: Partial<KafkaOptions> = {}): KafkaOptions {
  const topic = change.topic ?? aTopic()
  return {
    brokers: brokers.split(','),
    topic,
    partitions: 4,
    tls: false,
    sasl: null,
    clusterId: 'test',
    log: new LinesLog(),
    group: `${topic}.group`,
    ...change,
  }
}

/** Keeps the lines. */
export class LinesLog implements Log {
  readonly lines: (LogFacts & { level: 'info' | 'warn' | 'error'; message: string })[] = []

  info(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'info', message })
  }

  warn(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'warn', message })
  }

  error(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'error', message })
  }
}
