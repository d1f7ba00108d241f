import { documentIdIn, documentPath } from '../account/addresses.ts'

const id = documentIdIn(location.pathname)
location.replace(id === null ? '/' : documentPath(id))
