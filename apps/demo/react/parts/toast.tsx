import { X } from 'lucide-react'
import { createContext, useCallback, useContext, useEffect, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'

const SHOWN_FOR_MS = 6000
/** One has to get to the button first. */
const SHOWN_WITH_ACTION_MS = 12_000

export interface ToastAction {
  readonly label: string
  readonly run: () => void
}

type ShowToast = (text: string, action?: ToastAction) => void

interface Toast {
  readonly text: string
  readonly action: ToastAction | null
}

const ToastContext = createContext<ShowToast>(() => undefined)

/** Shows a sentence at the bottom of the page for a few seconds, with a button for what can be done about it. */
export const useToast = (): ShowToast => useContext(ToastContext)

export function ToastProvider({ children }: { children: ReactNode }): ReactElement {
  const [toast, setToast] = useState<Toast | null>(null)
  const [held, setHeld] = useState(false)
  const show = useCallback<ShowToast>((text, action) => setToast({ text, action: action ?? null }), [])
  const close = (): void => {
    setToast(null)
    setHeld(false)
  }
  useEffect(() => {
    if (toast === null || held) return undefined
    const timer = setTimeout(() => setToast(null), toast.action === null ? SHOWN_FOR_MS : SHOWN_WITH_ACTION_MS)
    return () => clearTimeout(timer)
  }, [toast, held])
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div
        className="toast-place"
        onMouseEnter={() => setHeld(true)}
        onMouseLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        <p className={toast === null ? undefined : 'toast'} role="status" aria-label="News">
          {toast !== null && (
            <>
              <span>{toast.text}</span>
              {toast.action !== null && (
                <button
                  type="button"
                  className="toast-action"
                  onClick={() => {
                    toast.action?.run()
                    close()
                  }}
                >
                  {toast.action.label}
                </button>
              )}
              <button type="button" className="toast-close" aria-label="Dismiss" onClick={close}>
                <X aria-hidden="true" />
              </button>
            </>
          )}
        </p>
      </div>
    </ToastContext.Provider>
  )
}
