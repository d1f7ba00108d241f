export default defineEventHandler(async (event) => {
  const answer = await callSheaf(event, '/documents', { title: 'Untitled' }, await accessToken(event))
  if (!answer.ok) throw createError({ statusCode: answer.status, message: 'The document could not be made.' })
  return (await answer.json()) as { id: string }
})
