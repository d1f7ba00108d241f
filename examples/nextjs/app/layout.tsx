import '@sheaf/client-sdk/editor.css'
import './page.css'
import type { Metadata } from 'next'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { ClientProvider } from '../components/client-provider'
import { sheafUrl } from '../session/sheaf-session'

export const metadata: Metadata = { title: 'Sheaf in Next.js' }

export default async function Layout({ children }: { children: ReactNode }) {
  // The address of Sheaf is read at each request, so that one build serves every environment.
  await connection()
  return (
    <html lang="en">
      <body>
        <ClientProvider url={sheafUrl()}>{children}</ClientProvider>
      </body>
    </html>
  )
}
