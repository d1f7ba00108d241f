import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, relative, sep } from 'node:path'
import GithubSlugger from 'github-slugger'
import { Application, ReflectionKind } from 'typedoc'
import { root } from './command.mjs'
import { publishedPackages } from './published.mjs'

/** Where the reference of the API is kept. */
export const referenceFolder = join(root, 'docs', 'reference', 'api')

// Inside the package `docs`, where the types of Node are.
const scratch = join(root, 'docs', '.cache', `api-${process.pid}`)

/** Entries that only run. */
const withoutApi = new Set(['./cli', './document-thread'])

/** The source of every entry that an application, or a test of one, imports. None of them needs the protocol. */
function sourcesOfEntries() {
  return publishedPackages()
    .filter(({ name }) => name !== '@sheaf/protocol')
    .flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports)
        .filter(([path, targets]) => targets.types !== undefined && !withoutApi.has(path))
        .map(([, targets]) => join(folder, targets['@sheaf/source'])),
    )
}

/** @returns {Promise<Application>} */
async function application(sources, out) {
  mkdirSync(scratch, { recursive: true })
  const tsconfig = join(scratch, 'tsconfig.json')
  const compilerOptions = {
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    typeRoots: ['../../node_modules/@types'],
  }
  const include = ['../../../packages/*/src/**/*.d.ts']
  writeFileSync(
    tsconfig,
    JSON.stringify({ extends: '../../../tsconfig.base.json', compilerOptions, files: sources, include }),
  )
  return Application.bootstrapWithPlugins({
    name: 'API',
    entryPoints: sources,
    tsconfig,
    out,
    plugin: ['typedoc-plugin-markdown'],
    readme: 'none',
    router: 'module',
    entryFileName: 'README',
    // Line numbers would change with every commit.
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideInherited: true, hideModifiers: true, hideOverrides: true, hideSources: true },
    validation: { notExported: false, invalidLink: true, notDocumented: false, rewrittenLink: true },
    logLevel: 'Error',
  })
}

const documentable =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Function

const isDocumented = ({ comment, signatures = [] }) =>
  [comment, ...signatures.map((signature) => signature.comment)].some((each) => each?.hasVisibleComponent() === true)

/** What is exported without a word about what it is for. */
const undocumented = (project) =>
  project.children.flatMap((entry) =>
    (entry.children ?? [])
      .filter((exported) => exported.kindOf(documentable) && !isDocumented(exported))
      .map(({ name }) => `${entry.name}: ${name} has no doc comment`),
  )

/** Anchors of properties are numbered through, so that one more property would change them all. */
const withoutPropertyAnchors = (markdown) =>
  markdown
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    .replaceAll(/\[([^\]]*)\]\(#property-[^)]*\)/g, '$1')
    .replaceAll(/(\]\([^)#]*)#property-[^)]*\)/g, '$1)')

/** A type that has the name of one of its own parts gets a number behind its links, and none behind its heading. */
function withRightAnchors(files) {
  const anchors = new Map(
    [...files].map(([path, markdown]) => {
      const slugger = new GithubSlugger()
      return [path, new Set([...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slugger.slug(heading)))]
    }),
  )
  const mend = (path) => (whole, target, anchor, bare) => {
    const known = anchors.get(target === '' ? path : posix.join(posix.dirname(path), target))
    return known === undefined || known.has(anchor) || !known.has(bare) ? whole : `](${target}#${bare})`
  }
  return new Map([...files].map(([path, text]) => [path, text.replaceAll(/\]\(([^)#]*)#((\w+)-\d+)\)/g, mend(path))]))
}

/** Every file below a folder, by its path relative to it. */
export function filesBelow(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')]
    }),
  )
}

/**
 * Makes the reference of the API from the doc comments.
 *
 * @returns {Promise<{files: Map<string, string>, problems: string[]}>} its files by path, and what is wrong with the comments
 */
export async function makeReference() {
  const out = mkdtempSync(join(tmpdir(), 'sheaf-api-'))
  try {
    const typedoc = await application(sourcesOfEntries(), out)
    const project = await typedoc.convert()
    if (project === undefined) return { files: new Map(), problems: ['The sources do not compile.'] }
    // Found by what the sources of all entries have in common, which is not how people import them.
    for (const entry of project.children) entry.name = `@sheaf/${entry.name.replace('/src', '')}`
    typedoc.validate(project)
    await typedoc.generateOutputs(project)
    const files = [...filesBelow(out)].map(([path, markdown]) => [path, withoutPropertyAnchors(markdown)])
    return { files: withRightAnchors(new Map(files)), problems: undocumented(project) }
  } finally {
    rmSync(out, { recursive: true, force: true })
    rmSync(scratch, { recursive: true, force: true })
  }
}
