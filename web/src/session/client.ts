import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/client'

/** Refusals stand; only a lost network or a busy server is worth another try. */
function worthRetrying(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false
  return failures < 2 && navigator.onLine && (error.status === 0 || error.status === 502 || error.status === 503)
}

/** The cache of reads. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // Asked also without a network: the phone's service worker may have the answer.
      queries: { networkMode: 'always', retry: worthRetrying, staleTime: 10_000, refetchOnWindowFocus: true },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
