/** The page asks here for the token that its client shows to Sheaf. */
export default defineEventHandler(async (event) => {
  const { reason } = await readBody<{ reason: 'connect' | 'refused' | 'renew' }>(event)
  return { token: await accessToken(event, reason === 'connect' ? 'good' : 'refused') }
})
