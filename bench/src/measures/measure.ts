import type { Contender, ContenderName } from '../contenders/contender.ts'

/** How much work a run puts into each measure: `quick` shows that it works, `full` gives figures to quote. */
export type Scale = 'quick' | 'full'

/** One line of the table. */
export interface Row {
  readonly label: string
  readonly unit: string
  readonly values: Partial<Record<ContenderName, number>>
  /** What Sheaf promises: at most this share of the best peer, or at most this value. Null where it is only told. */
  readonly promise: { readonly of: 'best peer' | 'absolute'; readonly atMost: number } | null
  readonly note?: string
}

export interface Measure {
  readonly name: string
  readonly describes: string
  run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]>
}

/** At most this share of the best peer that was measured in the same run. */
export const shareOfPeer = (atMost: number): Row['promise'] => ({ of: 'best peer', atMost })
/** At most this value, in the unit of the row. */
export const upTo = (atMost: number): Row['promise'] => ({ of: 'absolute', atMost })
