import type { SheafClient } from '@sheaf/client-sdk'
import { createElement } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { ClientContext } from './client-context.ts'
import { LanguageProvider } from './language.ts'
import type { LanguageProps } from './language.ts'

/** What everything below a provider has in common. */
export interface SheafProviderProps extends LanguageProps {
  /** Made once, outside of any component that renders again. */
  readonly client: SheafClient
  readonly children?: ReactNode
}

/** Gives the client, and a language, to everything below. Both may change; another language keeps the text and the caret. */
export function SheafProvider({ client, children, ...language }: SheafProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, createElement(LanguageProvider, language, children))
}
