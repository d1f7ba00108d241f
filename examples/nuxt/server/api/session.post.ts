export default defineEventHandler(async (event) => {
  const { email, password } = await readBody<{ email: string; password: string }>(event)
  if (!(await signIn(event, email, password)))
    throw createError({ statusCode: 401, message: 'This e-mail address and this password do not belong together.' })
  return { signedIn: true }
})
