import type { Host } from '../contenders/contender.ts'
import type { SheafHost } from '../contenders/sheaf.ts'

const isSheaf = (host: Host): host is SheafHost => 'api' in host

/**
 * Has the document as it is now kept as a snapshot, so that what is measured next is the usual case and not the moment
 * before it. Contenders other than Sheaf encode their document anew for everybody who opens it.
 */
export async function settleSnapshot(host: Host, documentId: string): Promise<void> {
  if (isSheaf(host)) await host.api.createVersion(documentId, 'for the benchmark')
}
