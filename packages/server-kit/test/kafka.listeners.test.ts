import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { absences, startServices } from '@sheaf/services'
import type { Services } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectKafka, migrateKafka } from '../src/adapters/kafka/index.ts'
import type { KafkaSasl } from '../src/adapters/kafka/index.ts'
import { anId, operations } from '../src/testing/contract.ts'
import { aFeed, aTopic, kafkaOptions, took } from './support/kafka-under-test.ts'

const run = promisify(execFile)

const absent = (await absences()).find(({ name }) => name === 'kafka')
if (absent !== undefined) console.warn(`Listeners of Kafka: skipped, ${absent.reason}; ${absent.remedy}`)

const SASL: KafkaSasl = { mechanism: 'plain', username: 'sheaf', password: 's3cret' }
const STORE_PASSWORD = 'of-the-test'

describe.skipIf(absent !== undefined)('Kafka with sign-in and with TLS', { timeout: 60_000 }, () => {
  let services: Services
  let signedIn = ''
  let secured = ''
  let authority = ''

  beforeAll(async () => {
    services = await startServices(['kafka'])
    const kafka = services.get('kafka')
    await kafka.stop()
    signedIn = `127.0.0.1:${await aFreePort()}`
    secured = `127.0.0.1:${await aFreePort()}`
    authority = await listenToo(join(services.folder, 'kafka'), signedIn, secured)
    await kafka.start()
  }, 180_000)
  afterAll(() => services.stop(), 60_000)

  it('KF-41 who signs in rightly publishes; a wrong password, user or mechanism is refused, and so is who does not sign in', async () => {
    const options = kafkaOptions(signedIn, { sasl: SASL })
    await migrateKafka(options)
    const { feed } = await aFeed(options)
    await feed.publish(anId(), operations(1, 1))
    const line = async (sasl: KafkaSasl | null): Promise<string> => {
      const [, error] = await took(inspectKafka({ ...options, sasl, timings: { startMs: 300 } }))
      const { message } = error as Error
      expect(message).not.toMatch(/s3cret|wr0ng/)
      return message
    }
    expect(await line({ ...SASL, password: 'wr0ng' })).toMatch(
      /^SHEAF_KAFKA_SASL: Kafka refused the sign-in with plain/,
    )
    expect(await line({ ...SASL, username: 'nobody' })).toMatch(/^SHEAF_KAFKA_SASL: Kafka refused the sign-in/)
    expect(await line({ ...SASL, mechanism: 'scram-sha-512' })).toMatch(
      /^SHEAF_KAFKA_SASL: Kafka does not offer scram-sha-512/,
    )
    expect(await line(null)).toMatch(/^SHEAF_KAFKA_SASL: .*does not sign in; set it to mechanism:user:password$/)
  })

  it('KF-42 TLS is spoken with a trusted Kafka; one that is not trusted, and plain text at its port, are refused', async () => {
    const options = kafkaOptions(secured, { topic: aTopic(), tls: true, timings: { startMs: 300 } })
    await expect(inspectKafka(options)).rejects.toThrow(/^SHEAF_KAFKA_TLS: the certificate of .* is not trusted/)
    await expect(inspectKafka({ ...options, tls: false })).rejects.toThrow(/^SHEAF_KAFKA_.*SHEAF_KAFKA_TLS=on/)
    const adapter = new URL('../src/adapters/kafka/index.ts', import.meta.url).href
    const program = `
      const { migrateKafka } = await import(${JSON.stringify(adapter)})
      const log = { info() {}, warn() {}, error() {} }
      console.log(await migrateKafka({ ...${JSON.stringify({ ...options, log: null, timings: {} })}, log }))`
    const { stdout } = await run(
      process.execPath,
      ['--conditions=@sheaf/source', '--import', 'tsx', '--input-type=module', '-e', program],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority }, cwd: new URL('../../..', import.meta.url).pathname },
    )
    expect(stdout).toContain('was made')
  })
})

/** Gives Kafka two more listeners; resolves with the path of the certificate that its clients are to trust. */
async function listenToo(folder: string, signedIn: string, secured: string): Promise<string> {
  const file = join(folder, 'server.properties')
  const [store, certificate] = [join(folder, 'store.p12'), join(folder, 'certificate.pem')]
  const open = ['-alias', 'kafka', '-keystore', store, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD]
  const names = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1']
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...names, ...open])
  await run('keytool', ['-exportcert', '-rfc', '-file', certificate, ...open])
  const more = `,SIGNED://${signedIn},SECURED://${secured}`
  const text = readFileSync(file, 'utf8')
    .replace(/^(listeners=.*)$/m, `$1${more}`)
    .replace(/^(advertised\.listeners=.*)$/m, `$1${more}`)
    .replace(/^(listener\.security\.protocol\.map=.*)$/m, '$1,SIGNED:SASL_PLAINTEXT,SECURED:SSL')
  writeFileSync(file, text)
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  appendFileSync(
    file,
    [
      'listener.name.signed.sasl.enabled.mechanisms=PLAIN',
      `listener.name.signed.plain.sasl.jaas.config=${login} user_${SASL.username}="${SASL.password}";`,
      `listener.name.secured.ssl.keystore.location=${store}`,
      'listener.name.secured.ssl.keystore.type=PKCS12',
      `listener.name.secured.ssl.keystore.password=${STORE_PASSWORD}`,
      `listener.name.secured.ssl.key.password=${STORE_PASSWORD}`,
      '',
    ].join('\n'),
  )
  return certificate
}

async function aFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
