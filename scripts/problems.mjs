/**
 * Ends a check: says each problem on a line of its own, and fails where there is one.
 *
 * @param {string[]} problems
 * @param {string} good what is true where there is none
 */
export function report(problems, good) {
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(good)
  process.exitCode = problems.length === 0 ? 0 : 1
}
