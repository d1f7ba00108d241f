import type { Contender } from './contender.ts'
import { hocuspocus, relay, yWebsocket } from './peers.ts'
import { sheaf } from './sheaf.ts'

/** In the order in which they run. */
export const contenders: readonly Contender[] = [yWebsocket, hocuspocus, sheaf, relay]
