import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import type { StoredOperation } from '@sheaf/protocol'
import { sharedSetting } from '@sheaf/services'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openEmbeddedStores } from '../src/adapters/embedded/index.ts'
import { openMongo } from '../src/adapters/mongo/index.ts'
import { openPostgres } from '../src/adapters/postgres/index.ts'
import { compact } from '../src/operating/compaction.ts'
import { readSettings } from '../src/config.ts'
import { SheafServerError } from '../src/errors.ts'
import { noLog } from '../src/metrics.ts'
import { exportTo, importFrom } from '../src/operating/operating.ts'
import type { Stores } from '../src/ports.ts'
import { createMemoryStores } from '../src/testing/index.ts'
import type { MemoryStores } from '../src/testing/index.ts'
import { exportStores } from '../src/transfer/export.ts'
import type { ExportReport } from '../src/transfer/export.ts'
import { importStores } from '../src/transfer/import.ts'
import type { ImportReport } from '../src/transfer/import.ts'
import { anApi } from './support/api.ts'
import { aFolder } from './support/folder.ts'
import { aMigratedDatabase as aMongoDatabase } from './support/mongo-under-test.ts'
import { aMigratedDatabase as aPostgresDatabase } from './support/postgres-under-test.ts'
import { storesWith } from './support/stores-under-test.ts'
import { DOC, World, docOf, freshText } from './support/world.ts'
import type { Replica } from './support/world.ts'

const OPTIONS = { now: 1_700_000_000_000, version: '0.0.0' }
const DAY = 86_400_000

interface Line {
  readonly kind: string
  readonly document?: Readonly<Record<string, unknown>>
}

async function exported(stores: Stores): Promise<{ file: Buffer; report: ExportReport }> {
  const chunks: Buffer[] = []
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  const report = await exportStores(stores, output, OPTIONS)
  return { file: Buffer.concat(chunks), report }
}

/** In pieces that end anywhere. */
const imported = (stores: Stores, file: Uint8Array, piece = 1_000): Promise<ImportReport> =>
  importStores(stores, async function* () {
    for (let start = 0; start < file.length; start += piece) yield file.subarray(start, start + piece)
  })

async function embedded(folder?: string): Promise<Stores> {
  const stores = await openEmbeddedStores({
    folder: folder ?? (await aFolder()),
    now: Date.now,
    onListenerError: (error) => {
      throw error
    },
  })
  onTestFinished(() => stores.close())
  return stores
}

/** A server on whatever stores; faults are for memory stores only. */
function worldOn(stores: Stores): World {
  const world = new World({
    stores: stores as MemoryStores,
    serverId: randomUUID(),
    limits: { versionSpacingMs: 0 },
  })
  world.admit()
  return world
}

/** Two people, a document of nine operations with versions of every kind, and one that was deleted. */
async function written(stores: Stores, bytes = 2_000): Promise<Replica> {
  const user = { passwordHash: 'hash', displayName: 'Ada', canCreateDocuments: true, createdAt: 1, disabledAt: null }
  for (const id of ['ada', 'bob']) await stores.users.create({ ...user, id, email: `${id}@example.com` })
  const world = worldOn(stores)
  await world.create(docOf(randomBytes(bytes).toString('hex')))
  const grant = { documentId: DOC, grantedBy: 'ada', createdAt: 5 }
  await stores.permissions.put({ ...grant, userId: 'ada', role: 'owner' })
  await stores.permissions.put({ ...grant, userId: 'bob', role: 'commenter' })
  await world.rooms.createDocument({ id: 'gone', title: 'Old', schemaId: '', content: docOf('old'), createdBy: 'bob' })
  await stores.documents.update('gone', { deletedAt: 77 })
  const ada = await world.join('ada')
  for (let number = 2; number <= 9; number++) {
    ada.write(`paragraph ${number}`)
    await settled(world, () => ada.committed === number - 1)
    if (number % 3 === 0) await world.rooms.versions.create(DOC, `Draft ${number}`, { id: 'ada', name: 'Ada' })
    else await world.pass(world.limits.snapshotQuietMs + 1_000)
  }
  await world.rooms.drain()
  return ada
}

/** Real stores take their time, which the clock of the world knows nothing of. */
async function settled(world: World, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it is not so: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
    await world.pass()
  }
}

/** All lines but the first, which tells when it was written, and the last, whose checksum covers it. */
const body = (file: Buffer): Line[] =>
  file
    .toString()
    .split('\n')
    .slice(1, -2)
    .map((line) => JSON.parse(line) as Line)

/** The same lines with another end: what somebody would have to do who changes an export on purpose. */
async function sealedAnew(lines: readonly string[], counts?: Record<string, number>): Promise<Buffer> {
  const { createHash } = await import('node:crypto')
  const text = lines.slice(0, -1).map((line) => `${line}\n`)
  const end = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>
  const checksum = createHash('sha256').update(text.join('')).digest('hex')
  const sealed = { ...end, lines: text.length, checksum, ...(counts === undefined ? {} : { counts }) }
  return Buffer.from(`${text.join('')}${JSON.stringify(sealed)}\n`)
}

const nothing = { users: 0, documents: 0, permissions: 0, operations: 0, versions: 0 }

/** What an import that must not write anything may have written. */
async function holdings(stores: Stores): Promise<unknown> {
  return {
    users: await stores.users.list({ limit: 10 }),
    documents: await stores.documents.list({ limit: 10 }),
    head: await stores.operations.head(DOC),
    versions: await stores.versions.list(DOC, { limit: 10 }),
    permissions: await stores.permissions.listByDocument(DOC),
  }
}

describe('export and import', () => {
  it('XF-1 what was imported into an empty folder is equal, opens with its content and goes on', async () => {
    const source = await embedded()
    // Each snapshot is in several pieces.
    const ada = await written(source, 500_000)
    const { file, report } = await exported(source)
    expect(report).toMatchObject({ users: 2, documents: 2, permissions: 2, operations: 10, leftOut: [] })

    const target = await embedded()
    const { found, added } = await imported(target, file)
    expect(added).toEqual(found)
    expect(body((await exported(target)).file)).toEqual(body(file).map(unpublished))
    expect(await target.documents.get(DOC)).toMatchObject({ title: 'Minutes', seq: 9 })
    expect((await target.documents.get('gone'))?.deletedAt).toBe(77)

    const world = worldOn(target)
    const bob = await world.join('bob')
    await settled(world, () => bob.lastSeq === 9)
    expect(bob.text).toBe(ada.text)
    bob.write('after the import')
    await settled(world, () => bob.committed === 1)
    const versions = await world.rooms.versions.list(DOC, { limit: 50 })
    for (const version of versions.items)
      expect(await world.rooms.versions.open(DOC, version.id, 'json')).toEqual(
        await worldOn(source).rooms.versions.open(DOC, version.id, 'json'),
      )
    expect(world.alarms).toEqual([])
  })

  it('XF-1 people sign in with their passwords, and the log-ins of before do not count', async () => {
    const source = await anApi()
    const ada = await source.person('Ada')
    const made = await source.call('POST', '/v1/documents', {
      as: ada,
      body: { title: 'Plan', content: docOf('the plan') },
    })
    expect(made.status).toBe(201)
    const target = await anApi()
    await imported(target.stores, (await exported(source.stores)).file)
    const { email, password, refreshToken } = ada
    expect((await target.call('POST', '/v1/auth/refresh', { body: { refreshToken } })).status).toBe(401)
    expect((await target.call('POST', '/v1/auth/login', { body: { email, password: 'wrong password' } })).status).toBe(
      401,
    )
    const signedIn = await target.call('POST', '/v1/auth/login', { body: { email, password } })
    expect(signedIn.status).toBe(200)
    const opened = await target.call('GET', `/v1/documents/${made.body.id}/content?format=json`, { as: signedIn.body })
    expect([opened.status, opened.text]).toEqual([200, expect.stringContaining('the plan')])
  })

  it('XF-2 an import that ends anywhere is ended by running it again, and no half document is seen', async () => {
    const source = createMemoryStores()
    const ada = await written(source)
    const { file } = await exported(source)
    let last = -1
    for (let allowed = 0; ; allowed++) {
      const target = createMemoryStores()
      let writes = 0
      target.delayWrites(async () => {
        if (++writes > allowed) throw new SheafServerError('unavailable')
      })
      const outcome = await imported(target, file).then(
        () => 'ended' as const,
        () => 'cut off' as const,
      )
      target.delayWrites(null)
      if ((await target.documents.get(DOC)) !== null) expect(await freshText(worldOn(target))).toBe(ada.text)
      await imported(target, file)
      expect(body((await exported(target)).file)).toEqual(body(file).map(unpublished))
      expect((await imported(target, file)).added).toEqual(nothing)
      if (outcome === 'ended') {
        last = allowed
        break
      }
    }
    expect(last).toBeGreaterThan(10)
  })

  it('XF-3 what people did since an import stays when it is run again', async () => {
    const source = createMemoryStores()
    await written(source)
    const { file } = await exported(source)
    const target = createMemoryStores()
    await imported(target, file)
    await target.permissions.remove(DOC, 'bob')
    await target.users.update('bob', { passwordHash: 'newer' })
    await target.documents.update(DOC, { title: 'Renamed' })
    const [newest] = await target.versions.list(DOC, { limit: 9 })
    await target.versions.remove(DOC, newest!.id)
    const world = worldOn(target)
    const ada = await world.join('ada')
    ada.write('written since')
    await world.pass(world.limits.snapshotQuietMs + 1_000)
    await compact(target, { keepDays: 0, now: world.clock.now() + DAY, log: noLog })
    expect((await imported(target, file)).added).toEqual(nothing)
    expect(await target.permissions.get(DOC, 'bob')).toBeNull()
    expect((await target.users.get('bob'))?.passwordHash).toBe('newer')
    expect((await target.documents.get(DOC))?.title).toBe('Renamed')
    expect(await target.versions.get(DOC, newest!.id)).toBeNull()
    expect(await freshText(worldOn(target))).toBe(ada.text)
  })

  it('XF-3 a later export of the same installation adds what is new', async () => {
    const source = createMemoryStores()
    await written(source)
    const target = createMemoryStores()
    await imported(target, (await exported(source)).file)
    const world = worldOn(source)
    const ada = await world.join('ada')
    ada.write('written since')
    await world.pass(world.limits.snapshotQuietMs + 1_000)
    // Somebody has the document open at the target.
    const there = worldOn(target)
    await there.join('bob')
    const { added } = await imported(target, (await exported(source)).file)
    expect(added).toEqual({ ...nothing, operations: 1, versions: 1 })
    expect(await target.documents.get(DOC)).toMatchObject({ seq: 10, publishedSeq: 10 })
    expect(await freshText(there)).toBe(ada.text)
    expect(await freshText(worldOn(target))).toBe(ada.text)
  })

  it('XF-4 a file that is cut short or changed anywhere is refused before anything is written', async () => {
    const source = createMemoryStores()
    await written(source)
    const { file } = await exported(source)
    const target = createMemoryStores()
    const before = await holdings(target)
    const end = file.lastIndexOf('\n', -2) + 1
    const cuts = [0, 1, 100, 5_000, file.length >> 1, end - 1, end, end + 10, file.length - 3]
    for (const cut of cuts)
      await expect(imported(target, file.subarray(0, cut), 50_000)).rejects.toMatchObject({ code: 'store-damaged' })
    for (const at of [30, 300, 1_000, file.length >> 2, file.length >> 1, end - 5, end + 20, file.length - 10]) {
      const changed = Buffer.from(file)
      changed[at] = (changed[at] ?? 0) ^ 1
      await expect(imported(target, changed, 50_000)).rejects.toMatchObject({ code: 'store-damaged' })
    }
    await expect(imported(target, Buffer.concat([file, Buffer.from('{}\n')]), 50_000)).rejects.toThrow(/behind its end/)
    expect(await holdings(target)).toEqual(before)
    expect(target.writes.size).toBe(0)
    // The newline behind the last line is not needed.
    expect((await imported(target, file.subarray(0, -1))).added.documents).toBe(2)
  })

  it('XF-4 lines that are missing or out of order are refused even under a right checksum', async () => {
    const source = createMemoryStores()
    await written(source)
    const lines = (await exported(source)).file.toString().trimEnd().split('\n')
    const target = createMemoryStores()
    const kind = (index: number): unknown => (JSON.parse(lines[index] ?? '') as { kind: unknown }).kind
    const refused = async (changed: readonly string[]): Promise<void> => {
      await expect(imported(target, await sealedAnew(changed), 50_000)).rejects.toMatchObject({ code: 'store-damaged' })
    }
    for (let index = 1; index < lines.length - 1; index++)
      // How far a document was folded is found out again.
      if (kind(index) !== 'progress') await refused(lines.toSpliced(index, 1))
    for (let index = 2; index < lines.length - 1; index++)
      if (kind(index) === 'operation' && kind(index - 1) === 'operation')
        await refused(lines.with(index, lines[index - 1] ?? '').with(index - 1, lines[index] ?? ''))
    await refused(lines.toSpliced(1, 0, '{"kind":"riddle"}'))
    await refused(lines.toSpliced(1, 0, lines[0] ?? ''))
    expect(target.writes.size).toBe(0)
  })

  it('XF-5 an unknown format, and a file that is no export, is told apart', async () => {
    const target = createMemoryStores()
    const header = { kind: 'sheaf-export', format: 2, version: '9.0.0', storeId: null, createdAt: 1, news: true }
    await expect(imported(target, Buffer.from(`${JSON.stringify(header)}\n`))).rejects.toMatchObject({
      code: 'format-unknown',
      message: expect.stringMatching(/^the export has format 2, and this version of Sheaf knows 1/),
    })
    for (const text of ['', 'PK\u0003\u0004', '{"a":1}\n', 'null\n', '[]\n'])
      await expect(imported(target, Buffer.from(text))).rejects.toMatchObject({ code: 'store-damaged' })
    expect(target.writes.size).toBe(0)
  })

  it('XF-6 something else under the same id is refused before anything is written', async () => {
    const source = createMemoryStores()
    await written(source)
    const { file } = await exported(source)
    const user = (await source.users.get('bob'))!
    const document = (await source.documents.get(DOC))!
    const operations = await source.operations.read(DOC, 0, 5)
    const other = (change: Partial<StoredOperation>): StoredOperation[] => [
      ...operations.slice(0, 4),
      { ...operations[4]!, ...change },
    ]
    const [version] = await source.versions.list(DOC, { limit: 1 })
    const others: ((target: MemoryStores) => Promise<unknown>)[] = [
      (target) => target.users.create({ ...user, email: 'somebody.else@example.com' }),
      (target) => target.users.create({ ...user, createdAt: 2 }),
      (target) => target.users.create({ ...user, id: 'somebody else', email: 'BOB@example.com' }),
      (target) => target.documents.create({ ...document, createdAt: 2 }),
      (target) => target.documents.create({ ...document, createdBy: 'bob' }),
      (target) => target.operations.append(DOC, other({ update: Uint8Array.of(1) })),
      (target) => target.operations.append(DOC, other({ counter: 99 })),
      (target) => target.versions.put({ ...version!, seq: 1 }, new Uint8Array()),
    ]
    for (const prepare of others) {
      const target = createMemoryStores()
      await prepare(target)
      const before = await holdings(target)
      await expect(imported(target, file, 50_000)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringMatching(/nothing was overwritten/),
      })
      expect(await holdings(target)).toEqual(before)
    }
  })

  it('XF-7 a document whose log was trimmed is carried as it is, and can be carried on', async () => {
    const source = await embedded()
    const ada = await written(source)
    await compact(source, { keepDays: 0, now: Date.now() + DAY, log: noLog })
    const left = (await source.operations.read(DOC, 0, 10)).map(({ seq }) => seq)
    expect(left[0]).toBeGreaterThan(5)
    const { file } = await exported(source)
    for (const target of [await embedded(), createMemoryStores()]) {
      await imported(target, file)
      expect((await imported(target, file)).added).toEqual(nothing)
      expect((await target.operations.read(DOC, 0, 10)).map(({ seq }) => seq)).toEqual(left)
      const world = worldOn(target)
      const { seq } = await world.rooms.content(DOC, 'json')
      expect(seq).toBe(9)
      expect(await freshText(world)).toBe(ada.text)
      expect(body((await exported(target)).file)).toEqual(body(file).map(unpublished))
    }
  })

  it('XF-8 what cannot be read is left out, reported, and counts for nothing', async () => {
    const source = createMemoryStores()
    const ada = await written(source)
    const [newest] = await source.versions.list(DOC, { limit: 1 })
    source.tamper.versionSnapshot(newest!.id, () => null)
    source.tamper.operations('gone', (operations) => operations.map((operation) => ({ ...operation, seq: 3 })))
    const { file, report } = await exported(source)
    expect(report.leftOut).toMatchObject([
      { documentId: DOC, versionId: newest!.id },
      { documentId: 'gone', versionId: null },
    ])
    expect(report).toMatchObject({ documents: 1, operations: 9 })
    const target = createMemoryStores()
    expect((await imported(target, file)).added).toMatchObject({ documents: 1, operations: 9 })
    expect(await target.documents.get('gone')).toBeNull()
    expect(await target.operations.head('gone')).toBe(0)
    expect(await freshText(worldOn(target))).toBe(ada.text)
  })

  it('XF-9 memory stays bounded: nothing piles up before a slow reader', async () => {
    const source = createMemoryStores()
    await written(source)
    const [large] = await source.operations.read(DOC, 0, 1)
    const update = new Uint8Array(30_000)
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      ...large!,
      seq: 10 + index,
      counter: 100 + index,
      update,
    }))
    source.tamper.operations(DOC, (operations) => [...operations, ...many])
    let read = 0
    const { read: really } = source.operations
    Object.assign(source.operations, {
      read: async (...call: Parameters<typeof really>) => {
        const page = await really(...call)
        read += page.length
        return page
      },
    })
    let taken = 0
    const output = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length
        // Everything that was read and not taken is what is held.
        const ahead = read - Math.floor(taken / 41_000)
        if (ahead > 200) done(new Error(`${ahead} operations ahead of the reader`))
        else setImmediate(done)
      },
    })
    await exportStores(source, output, OPTIONS)
    expect(read).toBeGreaterThan(2_000)
  })

  it('XF-10 a file appears whole, for its owner only, and replaces none; .gz is compressed', async () => {
    const [from, to, folder] = [await aFolder(), await aFolder(), await aFolder()]
    const source = await embedded(from)
    const ada = await written(source)
    await source.close()
    const settings = (dataDir: string) => readSettings({ SHEAF_DATA_DIR: dataDir })
    const [plain, compressed] = [join(folder, 'all.ndjson'), join(folder, 'all.ndjson.gz')]
    await exportTo(settings(from), plain)
    await exportTo(settings(from), compressed)
    expect((await stat(plain)).mode & 0o777).toBe(0o600)
    expect(body(gunzipSync(await readFile(compressed)))).toEqual(body(await readFile(plain)))
    const refused = await exportTo(settings(from), plain).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'configuration' })
    const bytes = await readFile(compressed)
    const cut = join(folder, 'cut.gz')
    await writeFile(cut, bytes.subarray(0, bytes.length - 1_000))
    await expect(importFrom(settings(to), cut)).rejects.toMatchObject({
      message: expect.stringMatching(/ends too early/),
    })
    await importFrom(settings(to), compressed)
    const world = worldOn(await embedded(to))
    await world.rooms.content(DOC, 'json')
    const bob = await world.join('bob')
    await settled(world, () => bob.lastSeq === 9)
    expect(bob.text).toBe(ada.text)
  })
})

/** Documents come back as published up to their newest version: what a version holds need not go through a feed. */
function unpublished(line: Line): Line {
  if (line.document === undefined) return line
  return { ...line, document: { ...line.document, publishedSeq: line.document['id'] === DOC ? 9 : 1 } }
}

const [postgres, mongodb] = [sharedSetting('postgres'), sharedSetting('mongodb')]
if (postgres === null || mongodb === null)
  console.warn('Imports into PostgreSQL and MongoDB are skipped: no TEST_ settings, no `pnpm services up`.')

describe.skipIf(postgres === null || mongodb === null)('import into PostgreSQL and MongoDB', () => {
  it('XF-11 what a folder held is there with all of it, and comes back into a folder', async () => {
    const source = await embedded()
    const ada = await written(source)
    const { file } = await exported(source)
    const [people, documents] = [await aPostgresDatabase(postgres!), await aMongoDatabase(mongodb!)]
    const [first, second] = [
      await openPostgres({ url: people.url, log: noLog }),
      await openMongo({ url: documents.url, log: noLog }),
    ]
    onTestFinished(async () => {
      await Promise.all([first.close(), second.close()])
      await Promise.all([people.drop(), documents.drop()])
    })
    const target = storesWith({ ...first.ports, ...second.ports })
    const { found, added } = await imported(target, file)
    expect(added).toEqual(found)
    expect((await imported(target, file)).added).toEqual(nothing)
    const again = (await exported(target)).file
    expect(body(again)).toEqual(body(file).map(unpublished))

    const world = worldOn(target)
    const bob = await world.join('bob')
    await settled(world, () => bob.lastSeq === 9)
    expect(bob.text).toBe(ada.text)
    bob.write('in the database')
    await settled(world, () => bob.committed === 1)
    await world.rooms.drain()
    const report = await compact(target, { keepDays: 0, now: world.clock.now() + 40 * DAY, log: noLog })
    expect(report.left).toEqual([])
    expect(report.operationsTrimmed).toBeGreaterThan(5)
    const back = await embedded()
    await imported(back, (await exported(target)).file)
    const home = worldOn(back)
    expect((await home.rooms.content(DOC, 'json')).rendered).toEqual(
      (await worldOn(target).rooms.content(DOC, 'json')).rendered,
    )
  })
})
