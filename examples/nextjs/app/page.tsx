import { DocumentList } from '../components/document-list'
import { SignInForm } from '../components/sign-in-form'
import { SignOutButton } from '../components/sign-out-button'
import { isSignedIn } from '../session/sheaf-session'

export default async function Home() {
  if (!(await isSignedIn()))
    return (
      <main>
        <h1>Sheaf in Next.js</h1>
        <SignInForm />
      </main>
    )
  return (
    <main>
      <h1>Documents</h1>
      <DocumentList />
      <SignOutButton />
    </main>
  )
}
