import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../src/clock.ts'
import { SETTINGS, readSettings } from '../src/config.ts'
import { createFeedLag } from '../src/feed/feed-lag.ts'
import { noLog } from '../src/metrics.ts'
import type { Dependency } from '../src/ports.ts'
import { PrometheusMetrics } from '../src/operating/prometheus.ts'
import { healthRoutes } from '../src/routes/health.ts'

const file = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** Every metric there is: name, type and meaning. */
async function registry(): Promise<Map<string, { type: string; meaning: string }>> {
  const metrics = new PrometheusMetrics()
  const none = { unfoldedOperations: 0 }
  const ofRooms = { rooms: 0, sessions: 0, pendingOperations: 0, unpublishedOperations: 0, feedShut: 0, bytes: 0 }
  metrics.showRooms(() => ({ ...none, ...ofRooms }))
  metrics.showWorker(
    () => ({ ...none, documents: 0, sickDocuments: 0 }),
    async () => 0,
  )
  const text = await metrics.text()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]))
  return new Map(
    [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', meaning = '']) => [
      name,
      { type: types.get(name) ?? '', meaning },
    ]),
  )
}

/** The metrics that an expression of Prometheus asks for. */
const namesIn = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:sheaf|process|nodejs)_\w+/g)].map(([name]) => name)

/** A histogram is asked for by its parts. */
const familyOf = (name: string): string => name.replace(/_(bucket|count|sum)$/, '')

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}
interface Rule {
  readonly alert: string
  readonly expr: string
}

describe('figures', () => {
  it('OP-31 the reference shows every metric of the program, with type and meaning, and no other', async () => {
    const rows = [...(await file('docs/reference/metrics.md')).matchAll(/^\| `(sheaf_\w+)` +\| (\w+) +\| (.*?) +\|/gm)]
    const documented = rows.map(([, name = '', type, meaning]) => [name, { type, meaning }] as const)
    const own = [...(await registry())].filter(([name]) => name.startsWith('sheaf_'))
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(own))
    expect(documented).toHaveLength(own.length)
  })

  it('OP-32 the dashboard asks for metrics that there are, and leaves none of ours out', async () => {
    const { panels } = JSON.parse(await file('deploy/grafana.json')) as { panels: readonly Panel[] }
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'What people feel',
      'Commit pipeline',
      'Rooms and sessions',
      'Workers',
      'Stores',
      'Process',
    ])
    const asked = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr)))
    const there = await registry()
    for (const name of asked) expect(there.has(familyOf(name)), name).toBe(true)
    const own = [...there.keys()].filter((name) => name.startsWith('sheaf_'))
    expect(own.filter((name) => !asked.some((one) => familyOf(one) === name))).toEqual([])
  })

  it('OP-33 alarms ask for metrics that there are, and the reference says what to do about each', async () => {
    const { groups } = parse(await file('deploy/alerts.yaml')) as { groups: readonly { rules: readonly Rule[] }[] }
    const rules = groups.flatMap((group) => group.rules)
    const there = await registry()
    for (const { alert, expr } of rules)
      for (const name of namesIn(expr)) expect(there.has(familyOf(name)), `${alert}: ${name}`).toBe(true)
    const reference = await file('docs/reference/metrics.md')
    const explained = [...reference.matchAll(/^\| `(Sheaf\w+)`/gm)].map(([, name]) => name)
    expect(explained).toEqual(rules.map(({ alert }) => alert))
    // Of each alarm that a metric names, the rule asks for that metric.
    for (const [, metric = '', alarm] of reference.matchAll(/^\| `(sheaf_\w+)`.*`(Sheaf\w+)` +\|$/gm))
      expect(namesIn(rules.find(({ alert }) => alert === alarm)?.expr ?? '').map(familyOf)).toContain(metric)
  })

  it('OP-34 the feed is asked for its lag once in ten seconds, and shows none while it does not answer', async () => {
    let now = 0
    let asked = 0
    let isDown = false
    const feed = {
      lag: async () => {
        asked += 1
        if (isDown) throw new Error('down')
        return 7
      },
    }
    const metrics = new PrometheusMetrics()
    const lag = createFeedLag(feed, { clock: { now: () => now }, log: noLog })
    metrics.showWorker(() => ({ documents: 0, unfoldedOperations: 0, sickDocuments: 0 }), lag)
    const shown = async () => /^sheaf_feed_lag (.*)$/m.exec(await metrics.text())?.[1]
    for (now = 0; now < 10_000; now += 1_000) expect(await shown()).toBe('7')
    expect(asked).toBe(1)
    isDown = true
    expect(await shown()).toBeUndefined()
    isDown = false
    now += 10_000
    expect(await shown()).toBe('7')
    expect(asked).toBe(3)
  })
})

describe('health', () => {
  it('OP-35 readiness follows what is needed, and says which of what helps is missing', async () => {
    const down = new Set<string>()
    let isAccepting = true
    const dependency = (name: string, onFailure: 'not-ready' | 'degraded'): Dependency => ({
      name,
      onFailure,
      check: async () => {
        if (down.has(name)) throw new Error(`${name} is down`)
      },
    })
    const app = Fastify()
    healthRoutes(app, {
      dependencies: [
        dependency('postgres', 'not-ready'),
        dependency('mongodb', 'not-ready'),
        dependency('redis', 'degraded'),
        dependency('kafka', 'degraded'),
      ],
      accepting: () => isAccepting,
      metrics: new PrometheusMetrics(),
      clock: systemClock,
      log: noLog,
    })
    onTestFinished(() => app.close())
    const ready = async (...names: string[]) => {
      down.clear()
      for (const name of names) down.add(name)
      expect((await app.inject('/livez')).statusCode).toBe(200)
      const response = await app.inject('/readyz')
      const { status, dependencies } = response.json<{
        status: string
        dependencies: readonly { readonly name: string; readonly status: string }[]
      }>()
      expect(dependencies.filter((one) => one.status === 'failed').map(({ name }) => name)).toEqual(names)
      return [response.statusCode, status]
    }
    expect(await ready()).toEqual([200, 'ok'])
    for (const names of [['redis'], ['kafka'], ['redis', 'kafka']])
      expect(await ready(...names)).toEqual([200, 'degraded'])
    for (const names of [['postgres'], ['mongodb'], ['mongodb', 'redis']])
      expect(await ready(...names)).toEqual([503, 'unavailable'])
    isAccepting = false
    expect(await ready()).toEqual([503, 'unavailable'])
  })
})

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

describe('what is deployed', () => {
  const load = async () =>
    parse(await file('deploy/compose.yaml'), { merge: true }) as { services: Readonly<Record<string, Service>> }

  it('OP-41 the composition gives known settings with right values, and its ports and health checks fit them', async () => {
    const { services } = await load()
    expect(Object.keys(services).sort()).toEqual(
      ['gateway', 'kafka', 'migrate', 'mongodb', 'postgres', 'redis', 'server-1', 'server-2', 'worker'].sort(),
    )
    for (const { image } of Object.values(services)) expect(image).toMatch(/^(sheaf|[\w/-]+:\d[\w.-]*)$/)
    expect(services['mongodb']?.image).toMatch(/^mongo:/)
    const own = Object.entries(services).filter(([, { image }]) => image === 'sheaf')
    expect(own).toHaveLength(4)
    const nginx = await file('deploy/nginx.conf')
    for (const [name, { environment = {}, healthcheck, command = ['serve'] }] of own) {
      const given = Object.entries(environment).map(([setting, value]) => {
        if (setting.startsWith('SHEAF_')) expect(SETTINGS).toHaveProperty(setting)
        return [setting, value.replaceAll(/\$\{\w+(:[?-])([^}]*)\}/g, 'a-value-that-is-long-enough-for-a-secret')]
      })
      const settings = readSettings({ ...Object.fromEntries(given), SHEAF_ALLOWED_ORIGINS: '' })
      for (const url of [settings.stores.postgresUrl, settings.stores.mongodbUrl, settings.stores.redisUrl])
        expect(services).toHaveProperty(new URL(url ?? '').hostname)
      expect(services).toHaveProperty(settings.stores.kafka?.brokers[0]?.split(':')[0] ?? '')
      if (command[0] === 'migrate') continue
      const port = command[0] === 'worker' ? settings.workerPort : settings.port
      expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`)
      if (command[0] === 'serve') expect(nginx).toContain(`server ${name}:${port} `)
    }
    for (const store of ['postgres', 'mongodb', 'redis', 'kafka']) {
      expect(services[store]?.healthcheck).toBeDefined()
      expect(services['migrate']?.depends_on?.[store]).toEqual({ condition: 'service_healthy' })
    }
    expect(nginx).toContain(`listen ${services['gateway']?.ports?.[0]?.split(':')[1]};`)
  })

  it('OP-42 the image runs the command that is built, as nobody in particular, with every driver', async () => {
    const dockerfile = await file('deploy/Dockerfile')
    const { dependencies } = JSON.parse(await file('deploy/package.json'))
    const { bin, peerDependencies } = JSON.parse(await file('packages/server-kit/package.json'))
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "node_modules/@sheaf/server-kit/${bin.sheaf.slice(2)}"]`)
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(Object.keys(peerDependencies)))
    const { packageManager } = JSON.parse(await file('package.json'))
    for (const [, version] of dockerfile.matchAll(/pnpm@([\d.]+)/g)) expect(`pnpm@${version}`).toBe(packageManager)
    for (const [name] of dockerfile.matchAll(/\bSHEAF_\w+/g)) expect(SETTINGS).toHaveProperty(name)
    const example = await file('deploy/.env.example')
    const wanted = [...(await file('deploy/compose.yaml')).matchAll(/\$\{(\w+):/g)].map(([, name]) => name)
    for (const name of wanted) expect(example).toMatch(new RegExp(`^${name}=`, 'm'))
  })
})
