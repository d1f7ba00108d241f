import { SheafServerError } from '../../errors.ts'

/** An entry of an index has its limits, at FerretDB at 2,704 bytes. */
const MAX_BYTES = 1_024

/** False for what no store takes, and what is therefore not there: the driver would replace half characters by others. */
export const isPossible = (id: string): boolean =>
  id !== '' && Buffer.byteLength(id) <= MAX_BYTES && !/[\0\p{Surrogate}]/u.test(id)

export function assertPossible(id: string): void {
  if (!isPossible(id)) throw new SheafServerError('bad-request', 'the identifier is empty, too long or no text')
}
