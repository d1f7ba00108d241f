import { NextResponse } from 'next/server'
import { accessToken, callSheaf } from '../../../session/sheaf-session'

const signInFirst = () => NextResponse.json({ message: 'Sign in first.' }, { status: 401 })

/** Sheaf's answer as it is. */
const passOn = async (answer: Response) => NextResponse.json(await answer.json(), { status: answer.status })

export async function GET(): Promise<NextResponse> {
  const token = await accessToken()
  return token === null ? signInFirst() : passOn(await callSheaf('/documents', undefined, token))
}

export async function POST(): Promise<NextResponse> {
  const token = await accessToken()
  return token === null ? signInFirst() : passOn(await callSheaf('/documents', { title: 'Untitled' }, token))
}
