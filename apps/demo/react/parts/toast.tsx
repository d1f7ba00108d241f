import { createContext, useCallback, useContext, useEffect, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'

const SHOWN_FOR_MS = 6000

const ToastContext = createContext<(text: string) => void>(() => undefined)

/** Shows a sentence at the bottom of the page for a few seconds. */
export const useToast = (): ((text: string) => void) => useContext(ToastContext)

export function ToastProvider({ children }: { children: ReactNode }): ReactElement {
  const [toast, setToast] = useState<{ readonly text: string } | null>(null)
  const show = useCallback((text: string) => setToast({ text }), [])
  useEffect(() => {
    if (toast === null) return undefined
    const timer = setTimeout(() => setToast(null), SHOWN_FOR_MS)
    return () => clearTimeout(timer)
  }, [toast])
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div className="toast-place" role="status" aria-live="polite">
        {toast !== null && <p className="toast">{toast.text}</p>}
      </div>
    </ToastContext.Provider>
  )
}
