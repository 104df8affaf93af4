import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { ApiError, patch, post, signedIn, signedOut } from '../api/client'
import { endSession, leaving } from '../api/leaving'
import type { Me, Permission } from '../api/types'
import { forgetAnswers } from './kept'
import { readMe, tellPages, useMe, useOtherPages } from './person'

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
 * else. When a session ends, the address and unsaved work stay, so that signing in
 * again leads back to both.
 */
export function Gate({ signIn, waiting, failed, children }: GateProps) {
  const me = useMe()
  const client = useQueryClient()
  const [ended, setEnded] = useState(false)
  useOtherPages(me.data?.id)
  useEffect(() => {
    const end = (e: Event) => {
      setEnded(true)
      void forgetAnswers().catch(() => undefined)
      // A command was refused: perhaps somebody else is signed in by now.
      if ((e as CustomEvent<string>).detail !== '/v1/me') void client.invalidateQueries({ queryKey: ['me'] })
    }
    const back = () => {
      if (leaving()) void endSession()
    }
    addEventListener(signedOut, end)
    addEventListener('online', back)
    return () => {
      removeEventListener(signedOut, end)
      removeEventListener('online', back)
    }
  }, [client])
  const fresh = me.isSuccess && me.dataUpdatedAt
  useEffect(() => setEnded(false), [fresh])
  if (leaving()) return signIn
  if (me.isPending) return waiting
  const refused = me.error instanceof ApiError && me.error.status === 401
  const over = refused || ended
  if (!me.data && over) return signIn
  if (!me.data) return failed(me.error as Error, () => void me.refetch())
  const session: Session = {
    me: me.data,
    signOut: async () => {
      await endSession()
      client.clear()
      await forgetAnswers().catch(() => undefined)
      location.assign(location.pathname.startsWith('/m') ? '/m' : '/')
    },
    prefer: (change) => void patch('/v1/me', change).catch(() => undefined),
    may: (permission) => me.data.permissions.includes(permission),
  }
  // What is being worked on stays alive behind the sign-in page.
  return (
    <SessionContext.Provider value={session}>
      <div className="behind" inert={over} key={me.data.id}>{children}</div>
      {over && <div className="over">{signIn}</div>}
    </SessionContext.Provider>
  )
}

/** Signs in, by password and, where one is asked for, the authenticator's code; or as a demo person. */
export async function signIn(
  client: QueryClient, login: string, password?: string, code?: string,
): Promise<void> {
  if (password === undefined) await post('/v1/sessions/demo', { login })
  else await post('/v1/sessions', { login, password, code: code || undefined })
  const known = client.getQueryData<Me>(['me']) !== undefined
  const me = await readMe(client)
  // Nobody sees what was kept for somebody else.
  if (!known) await forgetAnswers().catch(() => undefined)
  tellPages(me.id)
  client.setQueryData(['me'], me)
  await client.invalidateQueries()
  dispatchEvent(new CustomEvent(signedIn))
}

/** Whether a refusal means that the account's second factor is missing or wrong. */
export function asksForCode(error: unknown): boolean {
  return error instanceof ApiError && /^identity\.(code_needed|wrong_code)$/.test(error.code)
}
