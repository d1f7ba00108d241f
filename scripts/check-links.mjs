// Links and pictures of the documentation lead somewhere: to a file of the repository, and to a heading that it has.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import GithubSlugger from 'github-slugger'
import { root } from './command.mjs'
import { documents, nodesOf, parse, textOf } from './markdown.mjs'
import { report } from './problems.mjs'

const elsewhere = /^[a-z][a-z0-9+.-]*:/i

/** path -> its headings; many links lead to the same long page */
const known = new Map()

function anchorsOf(path) {
  if (!known.has(path)) known.set(path, headingsOf(path))
  return known.get(path)
}

function headingsOf(path) {
  const slugger = new GithubSlugger()
  const nodes = [...nodesOf(parse(path))]
  return new Set(nodes.filter((node) => node.type === 'heading').map((node) => slugger.slug(textOf(node))))
}

function problemWith(path, url) {
  if (elsewhere.test(url)) return null
  const [file = '', anchor] = url.split('#', 2)
  const target = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
  if (target.startsWith('..')) return 'leads out of the repository'
  if (!existsSync(join(root, target))) return 'leads to nothing'
  if (anchor && target.endsWith('.md') && !anchorsOf(target).has(decodeURIComponent(anchor)))
    return 'leads to a heading that is not there'
  return null
}

const problems = []
let links = 0
for (const path of documents())
  for (const node of nodesOf(parse(path))) {
    if (!['link', 'image', 'definition'].includes(node.type)) continue
    links += 1
    const problem = problemWith(path, node.url)
    if (problem !== null) problems.push(`${path}:${node.position.start.line}: ${node.url} ${problem}`)
  }
report(problems, `${links} links lead somewhere.`)
