import { startServices } from '@sheaf/services'
import { Command, Option } from 'commander'
import { FAULTS, runFault } from './cluster-faults.ts'
import type { FaultName } from './cluster-faults.ts'
import { describe, isClean } from './cluster-load.ts'

const command = new Command('cluster-faults')
  .description(
    'Breaks a part of a cluster on all real stores under load, and counts what was promised and is not there.',
  )
  .addOption(new Option('--fault <name>', 'what is broken').choices(Object.keys(FAULTS)).makeOptionMandatory())
  .option('--rounds <number>', 'how often; for a store, seconds that it stays away', '50')
  .option('--documents <number>', 'documents that are written', '2')
  .option('--people <number>', 'people in each of them', '4')
  .option('--seed <number>', 'decides the moments', String(Date.now() % 1_000_000))
  .option('--source', 'run the sources instead of what is built')
  .parse()

const options = command.opts<Record<'fault' | 'rounds' | 'documents' | 'people' | 'seed', string> & { source?: true }>()
const services = await startServices(['postgres', 'mongodb', 'redis', 'kafka'])
const report = await runFault(options.fault as FaultName, services, {
  rounds: Number(options.rounds),
  documents: Number(options.documents),
  people: Number(options.people),
  seed: Number(options.seed),
  from: options.source === true ? 'source' : 'built',
  log: (line) => console.error(line),
}).finally(() => services.stop())
console.log(`${options.fault}, ${options.rounds} rounds, seed ${options.seed}`)
console.log(describe(report))
process.exit(isClean(report) ? 0 : 1)
