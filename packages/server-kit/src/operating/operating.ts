import { createReadStream, createWriteStream } from 'node:fs'
import { link, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { systemClock } from '../clock.ts'
import { compact as compactStores } from './compaction.ts'
import type { Settings } from '../config.ts'
import { setDisabled as setDisabledOf } from '../people/disabling.ts'
import { SheafServerError } from '../errors.ts'
import { noLog } from '../metrics.ts'
import type { Stores } from '../ports.ts'
import { PROGRAM_VERSION } from './program-version.ts'
import { examine, migrate as migrateStores, openStores } from '../server.ts'
import type { Finding } from '../server.ts'
import { settingHints } from './setting-hints.ts'
import { exportStores } from '../transfer/export.ts'
import type { ExportCounts } from '../transfer/format.ts'
import { importStores } from '../transfer/import.ts'

/** Brings all that is stored to this version's format. Resolves with lines that say what was done. */
export const migrate = ({ stores }: Settings): Promise<string[]> => migrateStores(stores, noLog)

/** Checks everything and changes nothing; that the settings could be read was the first check. */
export async function doctor(settings: Settings): Promise<Finding[]> {
  const good = (line: string): Finding => ({ status: 'good', line })
  return [
    good('The settings are right.'),
    good(
      settings.jwtSecrets === null
        ? 'Tokens are signed with a secret of the data folder.'
        : 'Tokens are signed with SHEAF_JWT_SECRET.',
    ),
    ...settingHints(settings).map((line): Finding => ({ status: 'hint', line })),
    ...(await examine(settings.stores, noLog)),
  ]
}

async function withStores<T>({ stores: choice }: Settings, work: (stores: Stores) => Promise<T>): Promise<T> {
  const { stores } = await openStores(choice, { clock: systemClock, log: noLog })
  try {
    return await work(stores)
  } finally {
    await stores.close()
  }
}

/** Gives up what nobody needs any more. Resolves with lines that say what. */
export const compact = (settings: Settings): Promise<string[]> =>
  withStores(settings, async (stores) => {
    const { keepDays } = settings
    const report = await compactStores(stores, { keepDays, now: systemClock.now(), log: noLog })
    return [
      `Looked at ${report.documents} documents: ${report.operationsTrimmed} operations, ${report.versionsRemoved} automatic versions and ${report.tokensRemoved} expired tokens are gone.`,
      ...report.left.map(({ documentId, reason }) => `Left as it is: document ${documentId} (${reason}).`),
    ]
  })

/** Writes everything that lasts to a file that does not exist yet, or to standard output. Resolves with lines for people. */
export const exportTo = (settings: Settings, file: string): Promise<string[]> =>
  withStores(settings, async (stores) => {
    const options = { now: systemClock.now(), version: PROGRAM_VERSION }
    const report = await (file === STANDARD
      ? exportStores(stores, process.stdout, options)
      : writeWhole(file, (path) => exportToFile(stores, path, file.endsWith('.gz'), options)))
    return [
      `Exported ${inWords(report)}. People sign in again after an import; log-ins are not exported.`,
      ...report.leftOut.map(
        ({ documentId, versionId, reason }) =>
          `LEFT OUT: ${versionId === null ? 'document' : `version ${versionId} of document`} ${documentId} (${reason}).`,
      ),
    ]
  })

/** Brings in what was exported. Resolves with lines for people. */
export const importFrom = (settings: Settings, file: string): Promise<string[]> =>
  withStores(settings, (stores) =>
    withFile(file, async (path) => {
      const { found, added } = await importStores(stores, () => bytesOf(path, file.endsWith('.gz')))
      return [`The export holds ${inWords(found)}.`, `Added ${inWords(added)}; the rest was there already.`]
    }),
  )

/** Keeps a person out, or lets them in again. Resolves with a line for people. */
export const setDisabled = (settings: Settings, email: string, disabled: boolean): Promise<string[]> =>
  withStores(settings, async (stores) => {
    const user = await stores.users.findByEmail(email)
    if (user === null) throw new SheafServerError('configuration', `there is nobody with the address ${email}`)
    await setDisabledOf(stores, user.id, disabled, systemClock.now())
    return [disabled ? `${email} is kept out from now on.` : `${email} may sign in again.`]
  })

const STANDARD = '-'

const inWords = ({ users, documents, permissions, operations, versions }: ExportCounts): string =>
  `${users} people, ${documents} documents, ${permissions} permissions, ${operations} operations and ${versions} versions`

async function exportToFile(
  stores: Stores,
  path: string,
  compressed: boolean,
  options: Parameters<typeof exportStores>[2],
): ReturnType<typeof exportStores> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  if (!compressed) return exportStores(stores, file, options)
  const gzip = createGzip()
  const [report] = await Promise.all([exportStores(stores, gzip, options), pipeline(gzip, file)])
  return report
}

/** A file that exists is whole: it is written beside its place, and appears when it is complete. */
async function writeWhole<T>(file: string, write: (path: string) => Promise<T>): Promise<T> {
  const partial = `${file}.part`
  try {
    const result = await write(partial)
    // Not `rename`: that would replace a file of this name.
    await link(partial, file)
    return result
  } catch (error) {
    throw explainFile(error, file)
  } finally {
    await rm(partial, { force: true })
  }
}

/** Runs with the path of the file; standard input is kept in one first, since an import reads it twice. */
async function withFile<T>(file: string, use: (path: string) => Promise<T>): Promise<T> {
  if (file !== STANDARD)
    return use(file).catch((error: unknown) => {
      throw explainFile(error, file)
    })
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-import-'))
  try {
    const path = join(folder, 'input')
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }))
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function bytesOf(path: string, compressed: boolean): AsyncIterable<Uint8Array> {
  const file = createReadStream(path)
  if (!compressed) return file
  const plain = createGunzip()
  // A failure of either reaches the reader, who reads from the second one.
  pipeline(file, plain).catch((error: unknown) => plain.destroy(error as Error))
  return plain
}

function explainFile(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  const what: Readonly<Record<string, string>> = {
    EEXIST: `${file} exists already; choose another name`,
    ENOENT: `there is no ${file}, or no folder for it`,
    EACCES: `this user may not read or write ${file}`,
    EISDIR: `${file} is a folder; name a file`,
    ENOSPC: `the disk is full; there is no ${file}`,
    Z_DATA_ERROR: `${file} is not compressed by gzip, or it is damaged`,
    Z_BUF_ERROR: `${file} ends too early; nothing was imported`,
  }
  const message = what[code ?? '']
  return message === undefined ? error : new SheafServerError('configuration', message, { cause: error })
}
