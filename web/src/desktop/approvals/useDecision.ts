import { useMemo, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { commandKey, post } from '../../api/client'
import type { ApprovalDetail } from '../../api/org'

/** The commands on one request; a failed one keeps its key for the next try. */
export function useDecision(request: ApprovalDetail) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const keys = useMemo(
    () => ({ version: request.version, yes: commandKey(), no: commandKey(), back: commandKey() }),
    [request.version],
  )
  const run = async (path: string, body: unknown, key: string) => {
    setBusy(true)
    setProblem(null)
    try {
      await post(`/v1/approvals/${request.id}/${path}`, body, { key, version: keys.version })
      return true
    } catch (error) {
      setProblem(error)
      return false
    } finally {
      setBusy(false)
      void client.invalidateQueries({ queryKey: ['approvals'] })
    }
  }
  return {
    busy,
    problem,
    approve: (comment: string) => run('decide', { approve: true, comment }, keys.yes),
    reject: (comment: string) => run('decide', { approve: false, comment }, keys.no + comment.length),
    withdraw: () => run('withdraw', {}, keys.back),
  }
}
