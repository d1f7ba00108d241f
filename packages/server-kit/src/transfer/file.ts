import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { SheafServerError, isServerError } from '../errors.ts'
import { exportStores } from './export.ts'
import type { ExportOptions, ExportReport } from './export.ts'
import { importStores } from './import.ts'
import type { ImportedStores, ImportReport } from './import.ts'

/** Stands for standard output or standard input. */
const STANDARD = '-'

/**
 * Exports into a file, which appears under its name when it is whole, and which nobody but its owner may read: it holds
 * the password hashes. A name that ends in `.gz` is compressed; `-` is standard output.
 * @throws {SheafServerError} `configuration` where the file cannot be written; and as {@link exportStores}.
 */
export async function exportToFile(
  stores: ImportedStores,
  file: string,
  options: Omit<ExportOptions, 'version'>,
): Promise<ExportReport> {
  const withVersion: ExportOptions = { ...options, version: programVersion() }
  if (file === STANDARD) {
    // Standard output is not ours to close.
    const output = new PassThrough()
    const [report] = await Promise.all([
      exportStores(stores, output, withVersion),
      pipeline(output, process.stdout, { end: false }),
    ])
    return report
  }
  const unfinished = `${file}.unfinished`
  try {
    const report = await writeTo(unfinished, file.endsWith('.gz'), (output) =>
      exportStores(stores, output, withVersion),
    )
    await rename(unfinished, file)
    return report
  } catch (error) {
    await rm(unfinished, { force: true })
    throw explain(error, file, 'written')
  }
}

async function writeTo(
  path: string,
  isCompressed: boolean,
  write: (output: NodeJS.WritableStream) => Promise<ExportReport>,
): Promise<ExportReport> {
  const handle = await open(path, 'w', 0o600)
  try {
    const output = handle.createWriteStream({ autoClose: false })
    const gzip = createGzip()
    const [report] = isCompressed
      ? await Promise.all([write(gzip), pipeline(gzip, output)])
      : await Promise.all([write(output)])
    await handle.sync()
    return report
  } finally {
    await handle.close()
  }
}

/**
 * Imports a file, compressed or not, which its first bytes tell; `-` is standard input, which is kept in a temporary file
 * meanwhile, since it is read twice.
 * @throws {SheafServerError} `configuration` where the file cannot be read; and as {@link importStores}.
 */
export async function importFromFile(stores: ImportedStores, file: string): Promise<ImportReport> {
  if (file !== STANDARD) return importPath(stores, file)
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-import-'))
  try {
    const path = join(folder, 'export')
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }))
    return await importPath(stores, path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importPath(stores: ImportedStores, path: string): Promise<ImportReport> {
  try {
    const isCompressed = await beginsAsGzip(path)
    return await importStores(stores, () => (isCompressed ? decompressed(path) : createReadStream(path)))
  } catch (error) {
    throw explain(error, path, 'read')
  }
}

async function* decompressed(path: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const reading = pipeline(createReadStream(path), gunzip)
  try {
    yield* gunzip as AsyncIterable<Uint8Array>
  } finally {
    gunzip.destroy()
    // What went wrong was thrown by the loop above; a loop that was left early is no error.
    await reading.catch(() => undefined)
  }
}

async function beginsAsGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b
  } finally {
    await handle.close()
  }
}

function explain(error: unknown, file: string, what: 'read' | 'written'): unknown {
  if (isServerError(error)) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code?.startsWith('Z_') === true)
    return new SheafServerError(
      'store-damaged',
      `the export is damaged: it cannot be decompressed (${message}); nothing was imported from it`,
      { cause: error },
    )
  if (code === undefined || !(code in REASONS)) return error
  return new SheafServerError('configuration', `the file ${file} cannot be ${what}: ${REASONS[code]}`, { cause: error })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  ENOSPC: 'its disk is full',
}

const programVersion = (): string =>
  (createRequire(import.meta.url)('@sheaf/server-kit/package.json') as { version: string }).version

/** What an export has to tell, a line each. */
export function describeExport({ leftOut, ...counts }: ExportReport): string[] {
  return [
    `Exported ${amounts(counts)}.`,
    'Log-ins are not in it: people sign in again, with the passwords they have.',
    ...leftOut.map(
      ({ documentId, versionId, reason }) =>
        `LEFT OUT: ${versionId === null ? '' : `version ${versionId} of `}document ${documentId}: ${reason}`,
    ),
  ]
}

/** What an import has to tell, a line each. */
export const describeImport = ({ found, added }: ImportReport): string[] => [
  `The export holds ${amounts(found)}.`,
  `Imported ${amounts(added)}; the rest was there already.`,
  'Log-ins are not carried over: people sign in again, with the passwords they have.',
]

const amounts = (counts: Omit<ExportReport, 'leftOut'>): string =>
  [
    amount(counts.users, 'person', 'people'),
    amount(counts.documents, 'document'),
    amount(counts.operations, 'operation'),
    amount(counts.versions, 'version'),
    amount(counts.permissions, 'permission'),
  ].join(', ')

const amount = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
