import { SheafServerError } from '../../errors.ts'
import { readAddress } from './address.ts'
import { withConnection } from './inspection.ts'

/** The time of the server. @throws {SheafServerError} as looking at it does. */
export const timeOfPostgres = (url: string): Promise<number> =>
  withConnection(readAddress(url), async (client) => {
    const { rows } = await client.query<{ now: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
    )
    const [row] = rows
    if (row === undefined) throw new SheafServerError('internal', 'the server does not tell the time')
    return row.now
  })
