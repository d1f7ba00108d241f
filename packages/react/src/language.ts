import { allWords } from '@sheaf/client-sdk/editor'
import type { Words } from '@sheaf/client-sdk/editor'
import { createContext, createElement, useContext, useMemo } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useSteady } from './use-steady.ts'

/** In which language people are talked to. The functions of the client that describe something take it as it is. */
export interface CompleteLanguage {
  readonly words: Words
  /** Undefined where nobody told: the words are English then, and dates as the runtime writes them. */
  readonly locale: string | undefined
}

/** What an application tells of its language. */
export interface LanguageProps {
  /** Words of the editor and of all components. What is left out is as above, in the end English. */
  readonly words?: Partial<Words> | undefined
  /** Language of dates, numbers and plural forms, as `de` or `en-GB`. Default: as above, in the end that of the runtime. */
  readonly locale?: string | undefined
}

const LanguageContext = createContext<CompleteLanguage>({ words: allWords(), locale: undefined })

/** The language of the nearest provider: what components of the application say in it, and pass to `describeSaveStatus` and the like. */
export const useLanguage = (): CompleteLanguage => useContext(LanguageContext)

/** Gives a language to everything below. */
export function LanguageProvider(props: LanguageProps & { readonly children?: ReactNode }): ReactElement {
  const above = useLanguage()
  // A table that is written in the component is a new one at each render.
  const words = useSteady(props.words)
  const locale = props.locale ?? above.locale
  const language = useMemo(() => ({ words: allWords(words, locale, above.words), locale }), [words, locale, above])
  return createElement(LanguageContext.Provider, { value: language }, props.children)
}
