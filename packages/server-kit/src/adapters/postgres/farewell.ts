import type { Client } from 'pg'

/** How long a server may take to hear that a connection ends. */
const GOODBYE_MS = 1000

/** Resolves when these connections, which were told to end, have ended: `ended` says so. */
export async function letGo(clients: Iterable<Client>, ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS)
  })
  await Promise.race([ended, late])
  clearTimeout(timer)
  // A server that hangs never says goodbye, and an open socket would keep the process alive.
  for (const client of clients) client.connection.stream.destroy()
}
