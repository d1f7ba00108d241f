import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SheafApi } from '../faults/sheaf-api.ts'
import { SheafProcess } from '../faults/sheaf-process.ts'
import { Desk } from './desk.ts'

/** A real server on a folder of its own, and people who come to it. Everything ends with the test. */
export class Stage {
  readonly server: SheafProcess
  readonly folder: string
  #people = 0

  private constructor(server: SheafProcess, folder: string) {
    this.server = server
    this.folder = folder
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'sheaf-loss-'))
    const server = await SheafProcess.start(folder, 'source')
    onTestFinished(async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    })
    return new Stage(server, folder)
  }

  /** Somebody with an account and a device. */
  async person(): Promise<Desk> {
    this.#people += 1
    const desk = await Desk.of(await SheafApi.register(this.server.origin, `person-${this.#people}`))
    onTestFinished(() => desk.close())
    return desk
  }

  /** People who may all edit one document of the first. */
  async together(count: number): Promise<{ id: string; desks: readonly [Desk, ...Desk[]] }> {
    const owner = await this.person()
    const id = await owner.api.createDocument()
    const others: Desk[] = []
    while (others.length < count - 1) {
      const other = await this.person()
      await owner.api.share(id, other.api.session.user.email, 'editor')
      others.push(other)
    }
    return { id, desks: [owner, ...others] }
  }
}
