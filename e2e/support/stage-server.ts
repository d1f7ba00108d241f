/** What a story plays on: the demo as people reach it, on one server or on many. */
export interface StageServer {
  readonly port: number
  readonly url: string
  /** Everything that its processes printed. */
  readonly log: string
  /** Takes the server away that people are connected to, as a loss of power would. */
  kill9(): Promise<void>
  /** Brings back what was taken away, with the data that it had. */
  startAgain(): Promise<void>
}
