import { Command } from 'commander'
import { describe, isClean, killRounds } from './kill-rounds.ts'

const command = new Command('kills')
  .description('Kills a server under load so many times, and counts what was promised and is not there.')
  .option('--rounds <number>', 'how often it is killed', '200')
  .option('--people <number>', 'how many people type', '4')
  .option('--seed <number>', 'decides the moments', String(Date.now() % 1_000_000))
  .option('--source', 'run the sources instead of what is built')
  .parse()

const options = command.opts<{ rounds: string; people: string; seed: string; source?: boolean }>()
const report = await killRounds({
  rounds: Number(options.rounds),
  people: Number(options.people),
  seed: Number(options.seed),
  server: options.source === true ? 'source' : 'built',
  log: (line) => console.error(line),
})
console.log(`seed ${options.seed}`)
console.log(describe(report))
process.exit(isClean(report) ? 0 : 1)
