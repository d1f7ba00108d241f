import { VersionHistory } from '@sheaf/react'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { DocumentEditor } from '../../../components/document-editor'
import { isSignedIn } from '../../../session/sheaf-session'

export default async function DocumentPage({ params }: { params: Promise<{ id: string }> }) {
  if (!(await isSignedIn())) redirect('/')
  const { id } = await params
  return (
    <main>
      <p>
        <Link href="/">All documents</Link>
      </p>
      <DocumentEditor id={id} />
      <details>
        <summary>Versions until now</summary>
        <VersionHistory versions={id} />
      </details>
    </main>
  )
}
