import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError, patch, post, remove, signedOut } from '../api/client'
import { useMe } from '../api/queries'
import type { Me, Permission } from '../api/types'

/** Who is signed in. */
export interface Session {
  me: Me
  signOut: () => Promise<void>
  /** Keeps a preference with the account. */
  prefer: (change: { language?: 'zh' | 'en'; theme?: string }) => void
  may: (permission: Permission) => boolean
}

const SessionContext = createContext<Session | null>(null)

/** The session; only below Gate. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession outside Gate')
  return session
}

interface GateProps {
  signIn: ReactNode
  waiting: ReactNode
  failed: (error: Error, retry: () => void) => ReactNode
  children: ReactNode
}

/**
 * Shows the screens to a signed-in person and the sign-in page to everybody
 * else. The address stays, so that signing in again leads back to the place.
 */
export function Gate({ signIn, waiting, failed, children }: GateProps) {
  const me = useMe()
  const client = useQueryClient()
  const [ended, setEnded] = useState(false)
  useEffect(() => {
    const end = () => setEnded(true)
    addEventListener(signedOut, end)
    return () => removeEventListener(signedOut, end)
  }, [])
  const fresh = me.isSuccess && me.dataUpdatedAt
  useEffect(() => setEnded(false), [fresh])
  if (me.isPending) return waiting
  const refused = me.error instanceof ApiError && me.error.status === 401
  if (refused || ended) return signIn
  if (!me.data) return failed(me.error as Error, () => void me.refetch())
  const session: Session = {
    me: me.data,
    signOut: async () => {
      await remove('/v1/sessions/current').catch(() => undefined)
      client.clear()
      navigator.serviceWorker?.controller?.postMessage('forget')
      location.assign(location.pathname.startsWith('/m') ? '/m' : '/')
    },
    prefer: (change) => void patch('/v1/me', change).catch(() => undefined),
    may: (permission) => me.data.permissions.includes(permission),
  }
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
}

/** Signs in, by password and, where one is asked for, the authenticator's code; or as a demo person. */
export async function signIn(login: string, password?: string, code?: string): Promise<void> {
  if (password === undefined) await post('/v1/sessions/demo', { login })
  else await post('/v1/sessions', { login, password, code: code || undefined })
}

/** Whether a refusal means that the account's second factor is missing or wrong. */
export function asksForCode(error: unknown): boolean {
  return error instanceof ApiError && /^identity\.(code_needed|wrong_code)$/.test(error.code)
}
