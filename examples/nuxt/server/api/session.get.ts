export default defineEventHandler((event) => ({ signedIn: isSignedIn(event) }))
