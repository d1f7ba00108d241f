import { absences } from '@sheaf/services'
import type { ServiceName, Services } from '@sheaf/services'
import { Cluster } from '../cluster/cluster.ts'
import { Records } from '../cluster/records.ts'
import { hasSharedStores } from '../cluster/stores.ts'
import { SheafApi } from '../faults/sheaf-api.ts'

/** Why the flow cannot be tried here, in words with what would bring it; null where it can. */
export async function whyNot(needs: 'shared stores' | 'own stores'): Promise<string | null> {
  const missing = await absences()
  const relevant = needs === 'own stores' ? missing : missing.filter(({ name }) => name === 'nginx')
  if (relevant.length > 0) return relevant.map(({ reason, remedy }) => `${reason}. ${remedy}`).join(' ')
  if (needs === 'shared stores' && !hasSharedStores())
    return 'the real servers are not running. Start them with "pnpm services up"'
  return null
}

export const STORES: readonly ServiceName[] = ['postgres', 'mongodb', 'redis', 'kafka']

/** A cluster of three servers and a worker behind the gateway, with a look into its stores and a person who uses it. */
export class Stage {
  readonly cluster: Cluster
  readonly records: Records
  readonly api: SheafApi

  private constructor(cluster: Cluster, records: Records, api: SheafApi) {
    this.cluster = cluster
    this.records = records
    this.api = api
  }

  static async open(services?: Services): Promise<Stage> {
    const cluster = await Cluster.start({ from: 'built', ...(services === undefined ? {} : { services }) })
    const records = await Records.open(cluster.settings)
    return new Stage(cluster, records, await SheafApi.register(cluster.origin, 'Ada'))
  }

  /** How many requests each server answered on a route, as it tells itself. */
  async requestsTo(route: string): Promise<number[]> {
    return Promise.all(
      this.cluster.servers.map(async ({ origin }) => {
        const text = await (await fetch(`${origin}/metrics`)).text()
        const lines = text.split('\n').filter((line) => line.includes('_count{') && line.includes(`route="${route}"`))
        return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
      }),
    )
  }

  /** How many sessions each server has; nothing of servers that do not run. */
  async sessions(): Promise<number[]> {
    return Promise.all(
      this.cluster.servers.map((server) => (server.running ? server.metric('sheaf_sessions') : Promise.resolve(0))),
    )
  }

  async close(): Promise<void> {
    await this.records.close()
    await this.cluster.stop()
  }
}
