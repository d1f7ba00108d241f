import { SheafServerError } from '../../errors.ts'
import type { KafkaSetup } from './options.ts'
import type { Finding } from './sockets.ts'

/** Why Kafka could not be used. `final` ones do not pass by themselves; the others are worth another attempt. */
export interface Explanation {
  readonly final: boolean
  /** One line that begins with the name of a setting and says what to do. */
  readonly line: string
}

interface Cause {
  readonly name: string
  readonly type: string
}

/** An error of the driver and what it wraps. */
export function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = []
  for (let next = error; next instanceof Error && causes.length < 10; next = next.cause) {
    const type: unknown = 'type' in next ? next.type : ''
    causes.push({ name: next.name, type: typeof type === 'string' ? type : '' })
    // What concerns several topics at once stands in a list.
    const errors: unknown = 'errors' in next ? next.errors : []
    if (Array.isArray(errors)) for (const inner of errors) causes.push(...causesOf(inner))
  }
  return causes
}

export const hasType = (error: unknown, ...types: readonly string[]): boolean =>
  causesOf(error).some(({ type }) => types.includes(type))

/** What to tell people; the text of the driver's error is left out where it might repeat a credential. */
export function explain(error: unknown, findings: readonly Finding[], setup: KafkaSetup): Explanation {
  return (
    explainTopic(error, setup) ??
    explainSasl(error, setup) ??
    explainConnections(findings, setup) ?? {
      final: false,
      line: `SHEAF_KAFKA_BROKERS: Kafka at ${setup.brokers.join(',')} cannot be used now (${summary(error)}); see its log`,
    }
  )
}

export const configurationError = (line: string, cause?: unknown): SheafServerError =>
  new SheafServerError('configuration', line, { cause })

const final = (line: string): Explanation => ({ final: true, line })

function explainTopic(error: unknown, { topic }: KafkaSetup): Explanation | null {
  if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
    return final(`SHEAF_KAFKA_TOPIC: Kafka has no topic ${topic}; run "sheaf migrate"`)
  if (hasType(error, 'INVALID_TOPIC_EXCEPTION'))
    return final(`SHEAF_KAFKA_TOPIC: ${topic} is not a name that Kafka takes; use letters, digits, ., _ and -`)
  if (hasType(error, 'TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'))
    return final(
      `SHEAF_KAFKA_SASL: Kafka does not let this user use the topic ${topic}; grant it read, write and describe on the topic and read on the group`,
    )
  return null
}

function explainSasl(error: unknown, { sasl }: KafkaSetup): Explanation | null {
  const mechanism = sasl?.mechanism ?? 'none'
  if (hasType(error, 'UNSUPPORTED_SASL_MECHANISM'))
    return final(`SHEAF_KAFKA_SASL: Kafka does not offer ${mechanism}; use a mechanism that its listener has enabled`)
  if (hasType(error, 'ILLEGAL_SASL_STATE'))
    return final('SHEAF_KAFKA_SASL: this listener of Kafka takes no sign-in; remove the setting or use another port')
  const isRefused =
    hasType(error, 'SASL_AUTHENTICATION_FAILED') ||
    causesOf(error).some(({ name }) => name === 'KafkaJSSASLAuthenticationError')
  return isRefused
    ? final(`SHEAF_KAFKA_SASL: Kafka refused the sign-in with ${mechanism}; check user, password and mechanism`)
    : null
}

function explainConnections(findings: readonly Finding[], setup: KafkaSetup): Explanation | null {
  for (const finding of findings) {
    const line = explainTls(finding, setup) ?? explainSilence(finding, setup)
    if (line !== null) return final(line)
  }
  const answered = findings.find(({ bytesReceived }) => bytesReceived > 0)
  const advertised = findings.find(({ address, connected }) => !connected && !setup.brokers.includes(address))
  if (answered !== undefined && advertised !== undefined)
    return {
      final: false,
      line: `SHEAF_KAFKA_BROKERS: Kafka at ${answered.address} says that it is to be reached at ${advertised.address}, which this machine cannot reach (${advertised.failure ?? 'no answer'}); set advertised.listeners of Kafka to an address that it can`,
    }
  if (answered !== undefined) return null
  const tried = findings.map(({ address, failure }) => `${address} (${failure ?? 'no answer'})`)
  return {
    final: false,
    line: `SHEAF_KAFKA_BROKERS: no Kafka answers at ${tried.length > 0 ? tried.join(', ') : setup.brokers.join(',')}; start it or correct the address`,
  }
}

function explainTls(
  { address, connected, secured, failure, answeredInTls }: Finding,
  setup: KafkaSetup,
): string | null {
  if (!setup.tls)
    return answeredInTls ? `SHEAF_KAFKA_TLS: ${address} speaks TLS; set SHEAF_KAFKA_TLS=on or use its plain port` : null
  if (!connected || secured || failure === null) return null
  if (/CERT|SIGNATURE|ISSUER|ALTNAME|SELF_SIGNED/.test(failure))
    return `SHEAF_KAFKA_TLS: the certificate of ${address} is not trusted (${failure}); name its authority in NODE_EXTRA_CA_CERTS and its host in SHEAF_KAFKA_BROKERS`
  return `SHEAF_KAFKA_TLS: ${address} does not speak TLS (${failure}); set SHEAF_KAFKA_TLS=off or use its TLS port`
}

/** Connections that the other side ended. */
function explainSilence({ address, connected, ended, bytesReceived }: Finding, setup: KafkaSetup): string | null {
  if (!connected || !ended || setup.tls) return null
  if (bytesReceived === 0)
    return `SHEAF_KAFKA_BROKERS: ${address} ends the connection without a word; if it is a TLS port set SHEAF_KAFKA_TLS=on, else it is no Kafka`
  // Kafka tells everybody what it speaks, and ends the connection of who then asks for more without having signed in.
  return setup.sasl === null
    ? `SHEAF_KAFKA_SASL: ${address} ends the connection of who does not sign in; set it to mechanism:user:password`
    : null
}

/** What kind of failure it was, in the driver's names. */
function summary(error: unknown): string {
  const kinds = causesOf(error).map(({ name, type }) => (type === '' ? name : type))
  return [...new Set(kinds)].slice(0, 3).join(', ') || 'unknown'
}
