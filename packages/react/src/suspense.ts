/** Documents for `<Suspense>`. */
export { useDocument } from './use-loaded-document.ts'
export { ClientSideSuspense, type ClientSideSuspenseProps } from './client-side-suspense.tsx'
