import { type Absence, absences } from '../../src/absence.ts'

const missing = await absences()

/** Whether tests can use a server here. If not, it is said why: a skipped test has a reason. */
export function isPresent(...names: Absence['name'][]): boolean {
  const lacking = missing.filter(({ name }) => names.includes(name))
  for (const { name, reason, remedy } of lacking) console.log(`skipped, no ${name}: ${reason}. Bring it: ${remedy}`)
  return lacking.length === 0
}
