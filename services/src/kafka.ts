import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaLibraries } from './cache.ts'
import { reservePort } from './port.ts'
import { findProgram, output } from './program.ts'
import { ask } from './question.ts'
import { ServiceError } from './service-error.ts'
import type { Recipe } from './service.ts'

/** What Kafka 4 runs on. */
export const oldestJava = 17

/** A process of a few minutes on a small machine gains nothing from what Java does for the long run. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** A Java that runs Kafka; null where there is none. */
export async function findJava(): Promise<string | null> {
  const home = process.env['JAVA_HOME']
  const program = findProgram('java', home === undefined ? [] : [join(home, 'bin')])
  if (program === null) return null
  const { stdout, stderr } = await output(program, ['-version'])
  const version = /version "(\d+)/.exec(stderr + stdout)?.[1]
  return Number(version) >= oldestJava ? program : null
}

/** One Kafka, broker and controller in one process, without ZooKeeper. Topics have to be created. */
export async function kafkaRecipe(folder: string): Promise<Recipe> {
  const java = await findJava()
  if (java === null) throw new ServiceError(`Java ${oldestJava} is not installed`)
  const libraries = kafkaLibraries()
  if (!existsSync(libraries)) throw new ServiceError('Kafka is not downloaded')
  const [port, controllerPort] = [await reservePort(), await reservePort()]
  const setting = `127.0.0.1:${port}`
  const properties = join(folder, 'server.properties')
  const classes = ['-cp', join(libraries, '*')]
  return {
    name: 'kafka',
    setting,
    ports: [port, controllerPort],
    async prepare() {
      mkdirSync(folder, { recursive: true })
      writeFileSync(properties, configuration(port, controllerPort, join(folder, 'data')))
      const cluster = randomBytes(16).toString('base64url')
      // In one word: an id may begin with a dash, which would be taken for an option.
      const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', properties]
      await output(java, [...quickStart, ...classes, ...format], { cwd: folder })
    },
    stages: [
      {
        launch: {
          label: 'kafka',
          program: java,
          parameters: ['-Xms256m', '-Xmx256m', ...quickStart, ...classes, 'kafka.Kafka', properties],
          folder,
          stopSignal: 'SIGTERM',
        },
        ask: () => ask('kafka', setting),
      },
    ],
  }
}

const configuration = (port: number, controllerPort: number, data: string) => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# The broker of before the crash keeps its place for this long, and the new one has to wait: 9 seconds are the default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`
