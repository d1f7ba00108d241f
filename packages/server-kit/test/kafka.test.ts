import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { sharedSetting } from '@sheaf/services'
import kafkajs from 'kafkajs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inspectKafka, migrateKafka, openKafka } from '../src/adapters/kafka/index.ts'
import type { KafkaOptions } from '../src/adapters/kafka/index.ts'
import { doneOf, sharesOf } from '../src/adapters/kafka/batch.ts'
import { MAX_MESSAGE_BYTES, messagesOf, readMessage } from '../src/adapters/kafka/message.ts'
import type { FeedMessage, ReceivedMessage } from '../src/adapters/kafka/message.ts'
import { Places } from '../src/adapters/kafka/places.ts'
import { anId, anOperation, operations } from '../src/testing/contract.ts'
import { aKafkaProxy } from './support/kafka-proxy.ts'
import {
  LinesLog,
  aClient,
  aFeed,
  aTopic,
  eventually,
  everythingIn,
  kafkaOptions,
  took,
} from './support/kafka-under-test.ts'

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const received = ({ key, value, headers }: FeedMessage): ReceivedMessage => ({
  key: Buffer.from(key),
  value,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

describe('Kafka: messages', () => {
  it('KF-11 operations are split into messages below the limit, and a larger one goes alone', () => {
    const all = operations(1, 9).map((operation, index) => ({
      ...operation,
      update: new Uint8Array(index === 4 ? 2_000_000 : 300_000),
    }))
    const messages = messagesOf('d', all, 'c')
    const read = messages.map((message) => readMessage(received(message), 'c'))
    const back = read.flatMap((each) => (each.status === 'read' ? each.operations : []))
    // Not element by element: there are millions of bytes.
    expect(back.map(({ update, ...rest }) => ({ ...rest, bytes: hash(update) }))).toEqual(
      all.map(({ update, ...rest }) => ({ ...rest, bytes: hash(update) })),
    )
    for (const [index, { value }] of messages.entries()) {
      const each = read[index]
      if (each?.status === 'read' && each.operations.length > 1) expect(value.length).toBeLessThan(MAX_MESSAGE_BYTES)
    }
  })

  it('KF-12 a message of another cluster, or one that is none, is refused', () => {
    const [message] = messagesOf('d', operations(1, 1), 'c')
    const good = received(message!)
    expect(readMessage(good, 'other')).toEqual({ status: 'refused', reason: 'foreign' })
    expect(readMessage({ ...good, headers: undefined }, 'c')).toEqual({ status: 'refused', reason: 'foreign' })
    for (const value of [
      null,
      Buffer.from('{}'),
      good.value!.subarray(0, 10),
      Buffer.concat([good.value!, good.value!]),
    ])
      expect(readMessage({ ...good, value }, 'c')).toEqual({ status: 'refused', reason: 'malformed' })
    expect(readMessage({ ...good, key: null }, 'c')).toEqual({ status: 'refused', reason: 'malformed' })
  })

  it('KF-13 a batch is done up to the first message of a document that is not finished', () => {
    const of = (id: string, seq: number) => received(messagesOf(id, [anOperation({ seq })], 'c')[0]!)
    const strange: ReceivedMessage = { key: null, value: null }
    const messages = [of('a', 1), strange, of('b', 1), of('a', 2), of('c', 1)]
    const { shares, refused } = sharesOf(messages, 'c')
    expect(shares.map(({ documentId, operations: all }) => [documentId, all.map(({ seq }) => seq)])).toEqual([
      ['a', [1, 2]],
      ['b', [1]],
      ['c', [1]],
    ])
    expect(refused).toEqual([{ index: 1, reason: 'foreign' }])
    const [a, b, c] = shares
    expect(doneOf(5, [])).toBe(5)
    expect(doneOf(5, [c!])).toBe(4)
    expect(doneOf(5, [c!, b!])).toBe(2)
    expect(doneOf(5, [a!])).toBe(0)
  })

  it('KF-14 no more documents are handled at one time than there are places', async () => {
    const places = new Places(3)
    let now = 0
    let most = 0
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        places.hold(async () => {
          most = Math.max(most, ++now)
          await new Promise((resolve) => setImmediate(resolve))
          now -= 1
          if (index % 3 === 0) throw new Error('failed')
        }),
      ),
    )
    expect([most, now]).toEqual([3, 0])
  })
})

/** The line with which the start is refused. */
async function refusal(options: KafkaOptions): Promise<string> {
  const [, error] = await took(inspectKafka(options))
  expect(error).toMatchObject({ code: 'configuration' })
  const { message } = error as Error
  expect(message).not.toContain('s3cret')
  expect(message).not.toContain('\n')
  return message
}

/** A server that ends with the test; resolves with its address. */
async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A port where nobody listens. */
async function aFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const soon = { timings: { startMs: 300 } }

describe('Kafka: settings that are wrong', () => {
  it('KF-21 a list of brokers that is none is refused', async () => {
    for (const brokers of [
      [],
      ['localhost'],
      ['localhost:0'],
      ['localhost:70000'],
      ['http://a:1'],
      ['[::1]:9092'],
      [''],
    ])
      expect(await refusal({ ...kafkaOptions(''), brokers })).toMatch(/^SHEAF_KAFKA_BROKERS: .*host:port/)
  })

  it('KF-22 where nobody answers, the line names every address that was tried', async () => {
    const [one, other] = [await aFreePort(), await aFreePort()]
    const line = await refusal(kafkaOptions(`127.0.0.1:${one},127.0.0.1:${other}`, soon))
    expect(line).toMatch(/^SHEAF_KAFKA_BROKERS: no Kafka answers at .*ECONNREFUSED.*; start it or correct the address$/)
    expect(line).toContain(String(one))
    expect(line).toContain(String(other))
    expect(await refusal(kafkaOptions('no-such-host.invalid:9092', soon))).toMatch(
      /^SHEAF_KAFKA_BROKERS: .*(ENOTFOUND|EAI_AGAIN)/,
    )
  })

  it('KF-23 a server that is no Kafka is told apart: one that says nothing, one that hangs up, one that speaks TLS', async () => {
    const silent = await listening(createServer())
    expect(await refusal(kafkaOptions(silent, soon))).toMatch(/^SHEAF_KAFKA_BROKERS: no Kafka answers at .*no answer/)
    const rude = await listening(createServer((socket) => socket.end()))
    expect(await refusal(kafkaOptions(rude, soon))).toMatch(
      /^SHEAF_KAFKA_BROKERS: .*without a word.*SHEAF_KAFKA_TLS=on/,
    )
    const secure = await listening(createTlsServer())
    expect(await refusal(kafkaOptions(secure, soon))).toMatch(/SHEAF_KAFKA_TLS=on/)
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 70])
    const alarmed = await listening(createServer((socket) => socket.on('data', () => socket.end(alert))))
    expect(await refusal(kafkaOptions(alarmed, soon))).toMatch(
      /^SHEAF_KAFKA_TLS: .* speaks TLS; set SHEAF_KAFKA_TLS=on/,
    )
  })
})

const brokers = sharedSetting('kafka') ?? ''
if (brokers === '') console.warn('Kafka: skipped, there is none; "pnpm services up kafka" starts one.')

describe.skipIf(brokers === '')('Kafka: the topic', { timeout: 40_000 }, () => {
  it('KF-24 a topic that is missing or too small is refused and left as it is, and migrate makes and enlarges it', async () => {
    const options = kafkaOptions(brokers, { partitions: 3 })
    expect(await refusal(options)).toBe(`SHEAF_KAFKA_TOPIC: Kafka has no topic ${options.topic}; run "sheaf migrate"`)
    expect(await refusal(options)).toContain('has no topic')
    await expect(openKafka(options)).rejects.toMatchObject({ code: 'configuration' })
    expect(await migrateKafka(options)).toBe(`Kafka: topic ${options.topic} was made, with 3 partitions.`)
    expect(await migrateKafka(options)).toMatch(/is there, with 3 partitions; nothing to do/)
    expect(await inspectKafka(options)).toBe(`Kafka: topic ${options.topic} with 3 partitions on 1 broker.`)
    const wider = { ...options, partitions: 5 }
    expect(await refusal(wider)).toMatch(
      /^SHEAF_KAFKA_TOPIC: .* has 3 partitions, and SHEAF_KAFKA_PARTITIONS wants 5; run/,
    )
    expect(await Promise.all([migrateKafka(wider), migrateKafka(wider)])).toHaveLength(2)
    expect(await inspectKafka(options)).toContain('with 5 partitions')
  })

  it('KF-25 a name that Kafka does not take, and a topic that takes no large message, are refused', async () => {
    expect(await refusal(kafkaOptions(brokers, { topic: 'a b' }))).toMatch(/^SHEAF_KAFKA_TOPIC: a b is not a name/)
    const options = kafkaOptions(brokers)
    await limitMessages(options, 1_000_000, 'create')
    expect(await refusal(options)).toMatch(/^SHEAF_KAFKA_TOPIC: .*1000000 bytes at most.*max\.message\.bytes/)
  })

  it('KF-26 an address that Kafka tells and nobody reaches is named', async () => {
    const options = kafkaOptions(brokers)
    await migrateKafka(options)
    const dead = await aFreePort()
    const { address: proxy } = await aKafkaProxy(brokers, dead)
    const line = await refusal({ ...options, brokers: [proxy], ...soon })
    expect(line).toMatch(/^SHEAF_KAFKA_BROKERS: Kafka at .* is to be reached at .*advertised\.listeners/)
    expect(line).toContain(proxy)
    expect(line).toContain(`127.0.0.1:${dead}`)
  })

  it('KF-27 TLS, and a sign-in, at a port that has none are refused', async () => {
    expect(await refusal(kafkaOptions(brokers, { tls: true, ...soon }))).toMatch(
      /^SHEAF_KAFKA_TLS: .*does not speak TLS/,
    )
    const sasl = { mechanism: 'plain', username: 'sheaf', password: 's3cret' } as const
    expect(await refusal(kafkaOptions(brokers, { sasl, ...soon }))).toMatch(/^SHEAF_KAFKA_SASL: .*takes no sign-in/)
  })
})

describe.skipIf(brokers === '')('Kafka: publishing and consuming', { timeout: 120_000 }, () => {
  async function options(change: Partial<KafkaOptions> = {}): Promise<KafkaOptions> {
    const all = kafkaOptions(brokers, { topic: aTopic(), ...change })
    await migrateKafka(all)
    return all
  }

  it('KF-31 what many documents publish at one time goes in few requests', async () => {
    const { feed } = await aFeed(await options())
    await feed.publish(anId(), operations(1, 1))
    const [ms] = await took(Promise.all(Array.from({ length: 3_000 }, () => feed.publish(anId(), operations(1, 1)))))
    // One after the other, at a millisecond and a half for each, it would be four seconds.
    expect(ms).toBeLessThan(3_000)
  })

  it('KF-32 a message that Kafka refuses is rejected, and holds nobody up', async () => {
    const setup = await options()
    const { feed } = await aFeed(setup)
    await feed.publish(anId(), operations(1, 1))
    await limitMessages(setup, 100_000, 'alter')
    const large = anOperation({ seq: 1, update: new Uint8Array(200_000) })
    await eventually(async () => (await took(feed.publish(anId(), [large])))[1] !== undefined)
    const outcomes = await Promise.all([
      ...Array.from({ length: 5 }, () => took(feed.publish(anId(), operations(1, 1)))),
      took(feed.publish(anId(), [large])),
      ...Array.from({ length: 5 }, () => took(feed.publish(anId(), operations(1, 1)))),
    ])
    expect(outcomes.flatMap(([, error], index) => (error === undefined ? [] : [index]))).toEqual([5])
    for (const [ms] of outcomes) expect(ms).toBeLessThan(2_000)
  })

  it('KF-38 an operation whose acknowledgement is lost costs none of those that are published after it', async () => {
    const setup = await options({ partitions: 1 })
    const proxy = await aKafkaProxy(brokers)
    const { feed } = await aFeed({ ...setup, brokers: [proxy.address], timings: { requestMs: 400, publishMs: 1_500 } })
    const document = anId()
    await feed.publish(document, operations(1, 1))
    proxy.loseAnswers(true)
    await expect(feed.publish(document, operations(2, 2))).rejects.toMatchObject({ code: 'unavailable' })
    proxy.loseAnswers(false)
    await eventually(async () => (await took(feed.publish(document, operations(3, 3))))[1] === undefined)
    await feed.publish(document, operations(4, 4))
    await feed.publish(document, operations(5, 5))
    const seqs = [...((await everythingIn(setup)).get(document) ?? [])]
    expect(seqs).toEqual(expect.arrayContaining([1, 3, 4, 5]))
  })

  it('KF-33 messages that are none of ours are passed over with an alarm, and what stands around them is handled', async () => {
    const log = new LinesLog()
    const setup = await options({ partitions: 1, log })
    const { feed } = await aFeed(setup)
    const other = await aFeed({ ...setup, clusterId: 'somebody else' })
    const producer = aClient(setup).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    const headers = { 'sheaf-cluster': setup.clusterId }
    const document = anId()
    await feed.publish(document, operations(1, 1))
    await other.feed.publish(document, operations(7, 7))
    await producer.send({
      topic: setup.topic,
      messages: [
        { key: document, value: 'nonsense', headers },
        { key: document, value: null, headers },
        { key: null, value: 'nonsense', headers },
        { key: document, value: 'nonsense' },
      ],
    })
    await producer.disconnect()
    await feed.publish(document, operations(2, 2))
    const seqs: number[] = []
    onTestFinished(await feed.consume(async (_, batch) => void seqs.push(...batch.map(({ seq }) => seq))))
    await eventually(async () => seqs.includes(2) && (await feed.lag()) === 0)
    expect(seqs).toEqual([1, 2])
    const alarms = log.lines.filter(({ level }) => level === 'error')
    expect(alarms.map(({ offset, reason, messages }) => [offset, reason, messages])).toEqual([
      ['1', 'foreign', 2],
      ['2', 'malformed', 3],
    ])
  })

  it('KF-34 a document that takes longer than the session is handled once, and stays with its consumer', async () => {
    const setup = await options({ timings: { sessionMs: 6_000 } })
    const one = await aFeed(setup)
    const other = await aFeed(setup)
    let calls = 0
    const handle = async (): Promise<void> => {
      calls += 1
      await new Promise((resolve) => setTimeout(resolve, 9_000))
    }
    onTestFinished(await one.feed.consume(handle))
    onTestFinished(await other.feed.consume(handle))
    await one.feed.publish(anId(), operations(1, 3))
    await eventually(async () => (await one.feed.lag()) === 0, 30_000)
    expect(calls).toBe(1)
  })

  it('KF-35 a document that cannot be handled holds up its partition only, and comes again after pauses that grow', async () => {
    const setup = await options({ partitions: 8 })
    const { feed } = await aFeed(setup)
    const troubled = anId()
    const attempts: number[] = []
    const handled = new Set<string>()
    const stop = await feed.consume(async (id) => {
      if (id === troubled) {
        attempts.push(performance.now())
        throw new Error('not now')
      }
      handled.add(id)
    })
    onTestFinished(stop)
    await feed.publish(troubled, operations(1, 1))
    await eventually(() => attempts.length >= 1)
    const others = Array.from({ length: 40 }, anId)
    for (const id of others) await feed.publish(id, operations(1, 1))
    await eventually(() => others.filter((id) => handled.has(id)).length > 25)
    await eventually(() => attempts.length >= 5)
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0]!)
    expect(await feed.lag()).toBeGreaterThan(0)
  })

  it('KF-36 a consumer that stops commits what it has finished', async () => {
    const setup = await options()
    const { feed } = await aFeed(setup)
    let finish = (): void => undefined
    let begun = 0
    const stop = await feed.consume(async () => {
      begun += 1
      await new Promise<void>((resolve) => (finish = resolve))
    })
    await feed.publish(anId(), operations(1, 1))
    await eventually(() => begun === 1)
    const stopped = stop()
    finish()
    await stopped
    expect(await feed.lag()).toBe(0)
    expect(begun).toBe(1)
  })

  it('KF-39 the documents of a killed consumer, and of one that is stopped for longer than its session, go to another; what the late one commits is refused', async () => {
    const setup = await options({ partitions: 1, timings: { sessionMs: 6_000 } })
    const { feed } = await aFeed(setup)
    const takeOver = async (signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> => {
      const child = aConsumingChild(setup)
      await child.says('consuming')
      await feed.publish(anId(), operations(1, 1))
      await child.says('handling')
      child.kill(signal)
      const handled: string[] = []
      const stop = await feed.consume(async (id) => void handled.push(id))
      await eventually(async () => handled.length === 1 && (await feed.lag()) === 0, 40_000)
      await feed.publish(anId(), operations(1, 1))
      await eventually(async () => handled.length === 2 && (await feed.lag()) === 0)
      if (signal === 'SIGSTOP') {
        child.kill('SIGCONT')
        await child.says('handled')
        // Whatever it commits now, nothing comes again and nothing is taken back.
        await feed.publish(anId(), operations(1, 1))
        await eventually(async () => (await feed.lag()) === 0)
        expect(handled.length).toBeLessThanOrEqual(3)
      }
      child.kill('SIGKILL')
      await stop()
    }
    await takeOver('SIGKILL')
    await takeOver('SIGSTOP')
  })

  it('KF-37 a client that does nothing costs next to nothing', async () => {
    const { feed } = await aFeed(await options())
    onTestFinished(await feed.consume(async () => undefined))
    await feed.publish(anId(), operations(1, 1))
    await eventually(async () => (await feed.lag()) === 0)
    const before = process.cpuUsage()
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const { user, system } = process.cpuUsage(before)
    const share = (user + system) / 1_000 / (performance.now() - start)
    console.info(`Kafka: an idle server and consumer take ${(share * 100).toFixed(1)} % of a core`)
    expect(share).toBeLessThan(0.05)
  })
})

/** Another process that consumes; it says what it does, and takes a second for each document. */
function aConsumingChild(options: KafkaOptions) {
  const adapter = new URL('../src/adapters/kafka/index.ts', import.meta.url).href
  const program = `
    const { openKafka } = await import(${JSON.stringify(adapter)})
    const log = { info() {}, warn() {}, error() {} }
    const { ports } = await openKafka({ ...${JSON.stringify({ ...options, log: null })}, log })
    await ports.feed.consume(async () => {
      console.log('handling')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      console.log('handled')
    })
    console.log('consuming')`
  const child = spawn(
    process.execPath,
    ['--conditions=@sheaf/source', '--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: new URL('../../..', import.meta.url).pathname, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
  return {
    says: (line: string) => eventually(() => said.split('\n').includes(line), 30_000),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
  }
}

async function limitMessages(options: KafkaOptions, bytes: number, how: 'create' | 'alter'): Promise<void> {
  const admin = aClient(options).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }]
  const { topic, partitions } = options
  if (how === 'create')
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }], waitForLeaders: false })
  else
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    })
  await eventually(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
    return topics.length === 1
  })
  await admin.disconnect()
}
