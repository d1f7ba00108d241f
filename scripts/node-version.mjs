// Imported first by every script that people start themselves, so it must parse on Nodes that are far too old.
const needed = [20, 19]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`Sheaf needs Node ${needed.join('.')} or newer; this is Node ${process.versions.node}.`)
  process.exit(1)
}
