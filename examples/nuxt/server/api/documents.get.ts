interface Entry {
  readonly id: string
  readonly title: string
}

export default defineEventHandler(async (event) => {
  const answer = await callSheaf(event, '/documents', undefined, await accessToken(event))
  if (!answer.ok) throw createError({ statusCode: answer.status, message: 'The documents could not be read.' })
  return (await answer.json()) as { items: readonly Entry[] }
})
