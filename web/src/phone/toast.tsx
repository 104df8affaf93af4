import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react'

const ToastContext = createContext<(words: string) => void>(() => undefined)

/** Says a short thing at the thumb for four seconds. */
export const useToast = () => useContext(ToastContext)

export function Toasts({ children }: { children: ReactNode }) {
  const [words, setWords] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const say = useCallback((next: string) => {
    setWords(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setWords(''), 4000)
  }, [])
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div className="toast" role="status" data-on={words !== ''}>{words}</div>
    </ToastContext.Provider>
  )
}
