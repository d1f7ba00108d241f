/** A title as a file may be called on every system. */
export function fileName(title: string, extension: string): string {
  // What Windows, macOS or a shell would take for something else.
  const plain = title
    .replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
  return `${plain.slice(0, 100).trim() || 'document'}.${extension}`
}

/** Gives the browser something to keep as a file. */
export function download(name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The content of a document as a page of its own. @param body HTML as the editor writes it */
export const pageOf = (title: string, body: string): string =>
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n<body>\n${body}\n</body>\n</html>\n`
