import { Cluster } from '../cluster/cluster.ts'
import type { Member } from '../cluster/member.ts'
import type { StageServer } from './stage-server.ts'

/** The built demo on three servers behind the gateway, with a worker and all the real stores. */
export class DemoCluster implements StageServer {
  readonly #cluster: Cluster
  #killed: Member[] = []

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  static async start(): Promise<DemoCluster> {
    return new DemoCluster(await Cluster.start({ program: 'demo', from: 'built' }))
  }

  get url(): string {
    return this.#cluster.origin
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  get log(): string {
    return this.#cluster.log
  }

  /** Of the three it is the one with the most sessions. */
  async kill9(): Promise<void> {
    const running = this.#cluster.servers.filter(({ running }) => running)
    const counted = await Promise.all(
      running.map(async (member) => ({ member, sessions: await member.metric('sheaf_sessions') })),
    )
    const [busiest] = counted.sort((a, b) => b.sessions - a.sessions)
    if (busiest === undefined || busiest.sessions === 0) throw new Error('nobody is connected to any server')
    await busiest.member.kill('SIGKILL')
    this.#killed.push(busiest.member)
  }

  async startAgain(): Promise<void> {
    await Promise.all(this.#killed.splice(0).map((member) => member.start()))
  }

  async close(): Promise<void> {
    await this.#cluster.stop()
  }
}
