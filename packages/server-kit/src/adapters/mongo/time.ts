import { MongoDatabase } from './database.ts'
import { startProblem } from './start-problem.ts'

/** The time of the server; null where it does not tell. @throws {SheafServerError} as looking at it does. */
export async function timeOfMongo(url: string): Promise<number | null> {
  const database = new MongoDatabase(url)
  try {
    const { localTime } = await database.call(() => database.client.db('admin').command({ hello: 1 }))
    return localTime instanceof Date ? localTime.getTime() : null
  } catch (error) {
    throw startProblem(error, database.place)
  } finally {
    await database.close()
  }
}
