/** Random ids out of injected randomness, so that a simulation repeats itself. */
export interface Identifiers {
  /** 32 hexadecimal digits that nobody guesses. */
  next(): string
  /** A Yjs client id: 32 bits. */
  clientId(): number
}

export function createIdentifiers(random: (length: number) => Uint8Array): Identifiers {
  return {
    next: () => Buffer.from(random(16)).toString('hex'),
    clientId: () => Buffer.from(random(4)).readUInt32BE(0),
  }
}
