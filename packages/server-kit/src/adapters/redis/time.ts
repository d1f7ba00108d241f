import { SheafServerError } from '../../errors.ts'
import { explain, parseAddress, refusal } from './address.ts'
import { createClient, within } from './connection.ts'

const TIME_MS = 5_000

/** The time of the server. @throws {SheafServerError} as looking at it does. */
export async function timeOfRedis(url: string): Promise<number> {
  const address = parseAddress(url)
  const client = createClient(address, { name: 'sheaf-time', socketTimeout: TIME_MS, retryStrategy: () => null })
  let reason: unknown = null
  client.on('error', (error: unknown) => {
    reason ??= error
  })
  const ask = async (): Promise<number> => {
    await client.connect()
    const [seconds, microseconds] = await client.time()
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000
  }
  try {
    return await within(TIME_MS, ask())
  } catch (error) {
    if (error instanceof SheafServerError) throw error
    throw refusal(explain(reason ?? error, address), error)
  } finally {
    client.disconnect()
  }
}
