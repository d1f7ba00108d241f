import { setTimeout as pause } from 'node:timers/promises'
import type { Bot, Host } from './contenders/contender.ts'
import type { Author, Edit } from './traffic.ts'

interface Member {
  readonly bot: Bot
  readonly author: Author
  readonly room: number
  /** Index of the next edit that the member sends. */
  next: number
}

const keystrokes = (edits: readonly Edit[]): number => edits.reduce((sum, edit) => sum + edit.keystrokes, 0)

/** People who have joined documents and play what their authors typed. */
export class Crowd {
  readonly #members: Member[] = []
  readonly #sentInRoom: number[] = []
  readonly documentIds: readonly string[]

  private constructor(documentIds: readonly string[]) {
    this.documentIds = documentIds
    this.#sentInRoom = documentIds.map(() => 0)
  }

  /** Author i joins document i modulo the number of documents, which divides them evenly, and has sent the first edit, which makes the paragraph. */
  static async gather(host: Host, documentIds: readonly string[], authors: readonly Author[]): Promise<Crowd> {
    const crowd = new Crowd(documentIds)
    for (const [index, author] of authors.entries()) {
      const room = index % documentIds.length
      crowd.#members.push({ bot: await host.join(documentIds[room]!, author), author, room, next: 0 })
    }
    await crowd.round(1)
    return crowd
  }

  get bots(): readonly Bot[] {
    return this.#members.map((member) => member.bot)
  }

  /** Everybody sends this many edits at once; resolves when all of them have arrived everywhere. Returns the keystrokes that were delivered. */
  async round(edits: number): Promise<number> {
    let delivered = 0
    for (let sent = 0; sent < edits; sent++) for (const member of this.#members) delivered += this.#sendNext(member)
    await this.#settled()
    return delivered
  }

  /** Everybody types at the times that their edits carry, for so long; returns the keystrokes that were delivered. */
  async type(seconds: number): Promise<number> {
    const schedule = this.#members
      .flatMap((member) => {
        const from = member.author.edits[member.next]?.at ?? 0
        return member.author.edits.slice(member.next).map((edit) => ({ member, at: edit.at - from }))
      })
      .filter(({ at }) => at <= seconds * 1000)
      .sort((a, b) => a.at - b.at)
    const start = performance.now()
    let delivered = 0
    for (const { member, at } of schedule) {
      const early = at - (performance.now() - start)
      // Sleeping IS the measure here: these are the pauses between a person's keys.
      if (early > 1) await pause(early)
      delivered += this.#sendNext(member)
    }
    await this.#settled()
    return delivered
  }

  close(): void {
    for (const { bot } of this.#members) bot.close()
  }

  #sendNext(member: Member): number {
    const edit = member.author.edits[member.next]
    if (edit === undefined) throw new Error('an author has nothing left to type')
    member.next++
    member.bot.send(edit)
    this.#sentInRoom[member.room]! += edit.keystrokes
    return (this.#members.length / this.documentIds.length - 1) * edit.keystrokes
  }

  async #settled(): Promise<void> {
    await Promise.all(
      this.#members.map(async ({ bot, author, room, next }) => {
        await bot.whenDelivered(this.#sentInRoom[room]! - keystrokes(author.edits.slice(0, next)))
        await bot.whenAcknowledged(next)
      }),
    )
  }
}

/** A document that somebody stays in until `leave`: no server may unload it before it is measured. */
export interface Filled {
  readonly documentId: string
  leave(): void
}

/** Puts what an author made into a new document, and resolves when somebody else has received all of it. */
export async function fill(host: Host, author: Author): Promise<Filled> {
  const documentId = await host.createDocument()
  const witness = await host.join(documentId, { clientId: 1, edits: [] })
  const writer = await host.join(documentId, author)
  for (const edit of author.edits) writer.send(edit)
  await witness.whenDelivered(keystrokes(author.edits))
  await writer.whenAcknowledged(author.edits.length)
  writer.close()
  return { documentId, leave: () => witness.close() }
}
