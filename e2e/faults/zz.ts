import { liveFuzz } from './live-fuzz.ts'
console.log(JSON.stringify(await liveFuzz({ updates: 1000, frames: 1000, seed: 1, server: 'built' }))); process.exit(0)
