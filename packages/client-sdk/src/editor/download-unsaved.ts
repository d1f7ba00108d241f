/** The part of a `SheafDocument` that has something to export. */
export interface ExportableDocument {
  readonly id: string
  exportUnsaved(): Promise<Uint8Array>
}

/** Gives the person the edits that are not committed as a file: one Yjs V2 update, `unsaved-<id of the document>.yjs`. */
export async function downloadUnsaved(document: ExportableDocument): Promise<void> {
  const update = await document.exportUnsaved()
  const address = URL.createObjectURL(new Blob([update.slice().buffer], { type: 'application/octet-stream' }))
  const link = globalThis.document.createElement('a')
  link.href = address
  link.download = `unsaved-${document.id}.yjs`
  link.click()
  URL.revokeObjectURL(address)
}
