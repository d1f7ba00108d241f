'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'

interface Entry {
  readonly id: string
  readonly title: string
}

async function ask<T>(method: 'GET' | 'POST'): Promise<T> {
  const answer = await fetch('/api/documents', { method })
  if (!answer.ok) throw new Error(`The documents could not be read (${answer.status}).`)
  return (await answer.json()) as T
}

export function DocumentList() {
  const router = useRouter()
  const [entries, setEntries] = useState<readonly Entry[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  useEffect(() => {
    ask<{ items: readonly Entry[] }>('GET').then(
      ({ items }) => setEntries(items),
      (error: Error) => setProblem(error.message),
    )
  }, [])

  const create = () => {
    ask<Entry>('POST').then(
      ({ id }) => router.push(`/documents/${id}`),
      (error: Error) => setProblem(error.message),
    )
  }

  return (
    <>
      {problem !== null && <p role="alert">{problem}</p>}
      <ul className="list">
        {entries?.map(({ id, title }) => (
          <li key={id}>
            <Link href={`/documents/${id}`}>{title || 'Untitled'}</Link>
          </li>
        ))}
      </ul>
      <button type="button" onClick={create}>
        New document
      </button>
    </>
  )
}
