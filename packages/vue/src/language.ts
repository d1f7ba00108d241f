import { allWords } from '@sheaf/client-sdk/editor'
import type { Words } from '@sheaf/client-sdk/editor'
import { computed, hasInjectionContext, inject, toValue } from 'vue'
import type { ComputedRef, InjectionKey, MaybeRefOrGetter } from 'vue'

/** In which language people are talked to. The functions of the client that describe something take it as it is. */
export interface CompleteLanguage {
  readonly words: Words
  /** Undefined where nobody told: the words are English then, and dates as the runtime writes them. */
  readonly locale: string | undefined
}

/** What an application tells of its language. References and getters may change; another language keeps the text and the caret. */
export interface LanguageOptions {
  /** Words of the editor and of all components. What is left out is as above, in the end English. */
  readonly words?: MaybeRefOrGetter<Partial<Words> | undefined>
  /** Language of dates, numbers and plural forms, as `de` or `en-GB`. Default: as above, in the end that of the runtime. */
  readonly locale?: MaybeRefOrGetter<string | undefined>
}

export const languageKey: InjectionKey<ComputedRef<CompleteLanguage>> = Symbol('sheaf language')

/** A language where some of it is told, and the rest is as in another. */
export const languageOf = (
  told: LanguageOptions,
  above?: ComputedRef<CompleteLanguage>,
): ComputedRef<CompleteLanguage> =>
  computed(() => {
    const locale = toValue(told.locale) ?? above?.value.locale
    return { words: allWords(toValue(told.words), locale, above?.value.words), locale }
  })

/** The language of the nearest provider or of the plugin: what components of the application say in it, and pass to `describeSaveStatus` and the like. */
export const useLanguage = (): ComputedRef<CompleteLanguage> =>
  (hasInjectionContext() ? inject(languageKey, null) : null) ?? languageOf({})
