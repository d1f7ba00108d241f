import '@fontsource-variable/inter'
import '@sheaf/client-sdk/editor.css'
import '../styles/tokens.css'
import '../styles/controls.css'
import '../styles/sign-in.css'
import '../styles/documents.css'
import '../styles/document.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { keepFocus } from '../account/kept-focus.ts'
import { followTheme } from '../account/theme.ts'
import { App } from './app.tsx'
import { Session } from '../account/session.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element to put the demo into.')
followTheme()
keepFocus()
createRoot(root).render(
  <StrictMode>
    <App session={new Session()} />
  </StrictMode>,
)
