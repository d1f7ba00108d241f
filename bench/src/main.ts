import { Command, Option } from 'commander'
import { contenders } from './contenders/all.ts'
import { measures } from './measures/all.ts'
import type { Row, Scale } from './measures/measure.ts'
import { keepResults, table } from './report.ts'

const names = measures.map((measure) => measure.name)

const command = new Command('bench')
  .description('Measures Sheaf beside its peers in one run, each server in a process of its own.')
  .addOption(new Option('--only <measures...>', 'only these measures').choices(names))
  .addOption(
    new Option('--contenders <names...>', 'only these contenders').choices(
      contenders.map((contender) => contender.name),
    ),
  )
  .option('--quick', 'little work in each measure: shows that it works, gives no figures to quote')
  .parse()

const options = command.opts<{ only?: string[]; contenders?: string[]; quick?: boolean }>()
const scale: Scale = options.quick === true ? 'quick' : 'full'
const chosen = contenders.filter(({ name }) => options.contenders?.includes(name) ?? true)
const startedAt = new Date()
const rows: Row[] = []

for (const measure of measures) {
  if (!(options.only?.includes(measure.name) ?? true)) continue
  const start = performance.now()
  process.stderr.write(`${measure.name}: ${measure.describes} … `)
  rows.push(...(await measure.run(chosen, scale)))
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

console.log(table(rows))
console.error(`\n${keepResults(rows, scale, startedAt)}`)
process.exit(0)
