import '@fontsource-variable/inter'
import '@sheaf/client-sdk/editor.css'
import '../styles/tokens.css'
import '../styles/controls.css'
import '../styles/sign-in.css'
import '../styles/documents.css'
import '../styles/document.css'
import { createSheafClient } from '@sheaf/client-sdk'
import { sheafPlugin } from '@sheaf/vue'
import { createApp } from 'vue'
import { documentIdIn } from '../account/addresses.ts'
import type { User } from '../account/api.ts'
import { Session } from '../account/session.ts'
import { keepFocus } from '../account/kept-focus.ts'
import { followTheme } from '../account/theme.ts'
import { signInFirst } from '../account/way-back.ts'
import App from './app.vue'
import { provideSignedIn } from './signed-in.ts'

function start(id: string, session: Session, user: User): void {
  const client = createSheafClient({
    url: location.origin,
    token: ({ reason }) => session.accessToken(reason !== 'connect'),
  })
  createApp(App, { id })
    .use(sheafPlugin(client))
    .use(provideSignedIn(session, user, client))
    .mount('#root')
}

followTheme()
keepFocus()
const id = documentIdIn(location.pathname)
const session = new Session()
const user = session.getUser()
if (id === null) location.replace('/')
else if (user === null) signInFirst()
else start(id, session, user)
