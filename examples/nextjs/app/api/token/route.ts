import { NextResponse } from 'next/server'
import { accessToken } from '../../../session/sheaf-session'

/** The page asks here for the token that its client shows to Sheaf. */
export async function POST(request: Request): Promise<NextResponse> {
  const { reason } = (await request.json()) as { reason: 'connect' | 'refused' | 'renew' }
  const token = await accessToken(reason === 'connect' ? 'good' : 'refused')
  if (token === null) return NextResponse.json({ message: 'Sign in first.' }, { status: 401 })
  return NextResponse.json({ token })
}
