'use server'

import { redirect } from 'next/navigation'
import { signIn, signOut } from '../session/sheaf-session'

/** @returns what is wrong, for the form to show */
export async function beginSession(_before: string | null, form: FormData): Promise<string> {
  const right = await signIn(String(form.get('email')), String(form.get('password')))
  if (!right) return 'This e-mail address and this password do not belong together.'
  redirect('/')
}

export async function endSession(): Promise<void> {
  await signOut()
}
