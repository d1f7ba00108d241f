'use client'

import { PresenceAvatars, SaveStatus, SheafEditor, useDocument } from '@sheaf/react'

export function DocumentEditor({ id }: { id: string }) {
  const document = useDocument(id)
  return (
    <>
      <div className="bar">
        <SaveStatus document={document} />
        <PresenceAvatars document={document} />
      </div>
      <SheafEditor document={document} toolbar placeholder="Write something, or press / for blocks" />
    </>
  )
}
