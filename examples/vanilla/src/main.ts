import '@sheaf/client-sdk/editor.css'
import './page.css'
import { byId } from './elements.ts'
import { openDocument } from './open-document.ts'
import { signIn } from './session.ts'

const form = byId('open', HTMLFormElement)

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const fields = new FormData(form)
  const text = (name: string): string => String(fields.get(name))
  start(text('url'), text('email'), text('password')).catch((error: unknown) => {
    byId('problem').textContent = error instanceof Error ? error.message : String(error)
  })
})

async function start(url: string, email: string, password: string): Promise<void> {
  const session = await signIn(url, email, password)
  const documentId = await session.newestDocument()
  form.hidden = true
  openDocument(url, session, documentId)
}
