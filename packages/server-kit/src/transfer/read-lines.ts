import { createHash } from 'node:crypto'
import { SheafServerError } from '../errors.ts'
import { EXPORT_FORMAT, MAX_LINE, parseLine } from './format.ts'
import type { ExportLine } from './format.ts'

/**
 * The lines of an export, the last one too. What comes before the end is not known to be right until the end was read:
 * the checksum is compared there.
 * @throws {SheafServerError} `store-damaged` where it is cut short or changed, `format-unknown` where a newer version
 * wrote it.
 */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<ExportLine> {
  const hash = createHash('sha256')
  let number = 0
  let isOver = false
  for await (const bytes of split(source)) {
    number += 1
    if (isOver) throw damaged(`line ${number} stands behind its end`)
    const line = readLine(bytes, number)
    if (line.kind === 'end') {
      if (line.checksum !== hash.digest('hex') || line.lines !== number - 1) throw damaged('its checksum is wrong')
      isOver = true
    } else hash.update(bytes)
    yield line
  }
  if (!isOver) throw damaged('its end is missing')
}

function readLine(bytes: Buffer, number: number): ExportLine {
  try {
    const text = bytes.toString('utf8')
    if (number === 1) checkHeader(text)
    const line = parseLine(text)
    if ((line.kind === 'sheaf-export') !== (number === 1)) throw damaged('its lines are out of order')
    return line
  } catch (error) {
    if (!(error instanceof SheafServerError) || error.code === 'format-unknown' || number === 1) throw error
    throw damaged(`line ${number} cannot be read: ${error.message}`)
  }
}

/** A file of another kind, or of a newer program, is told apart from a damaged one. */
function checkHeader(text: string): void {
  const header = parseHeader(text)
  if (header?.kind !== 'sheaf-export')
    throw new SheafServerError('store-damaged', 'this is not an export of Sheaf: it does not begin as one does')
  if (header.format !== EXPORT_FORMAT)
    throw new SheafServerError(
      'format-unknown',
      `the export has format ${JSON.stringify(header.format)}, and this version of Sheaf knows ${EXPORT_FORMAT}; import it with the version that wrote it`,
    )
}

function parseHeader(text: string): { readonly kind?: unknown; readonly format?: unknown } | null {
  try {
    return JSON.parse(text) as ReturnType<typeof parseHeader>
  } catch {
    // No JSON at all, so no export either: the caller says that.
    return null
  }
}

/** Lines with their line feeds. What stands behind the last line feed is a line too: its text tells that it is cut. */
async function* split(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      yield Buffer.concat([...parts, rest.subarray(0, end + 1)])
      parts = []
      length = 0
      rest = rest.subarray(end + 1)
    }
    length += rest.length
    if (length > MAX_LINE) throw damaged('a line has no end')
    parts.push(rest)
  }
  if (length > 0) yield Buffer.concat(parts)
}

const LINE_FEED = 0x0a

export const damaged = (what: string): SheafServerError =>
  new SheafServerError('store-damaged', `the export is damaged: ${what}; nothing was imported from it`)
