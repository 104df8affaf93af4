import type { Query, QueryClient } from '@tanstack/react-query'

/** First reads on their way that will be asked once more when they are there. */
const twice = new WeakSet<Query>()

/**
 * Reads again what changed, by its nouns; everything when none is given. A first read that
 * is on its way was asked before the change, and a cache would take its answer for the
 * news: it is asked once more. Returns when what is on the screen has been read.
 */
export async function readAgain(client: QueryClient, nouns?: readonly string[]): Promise<void> {
  const keys = nouns?.map((noun) => [noun]) ?? [[]]
  await Promise.all(keys.map(async (queryKey) => {
    const first = client.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' })
      .filter((q) => q.state.data === undefined && !twice.has(q))
    for (const q of first) twice.add(q)
    await client.invalidateQueries({ queryKey })
    await Promise.all(first.map((q) => {
      twice.delete(q)
      return client.invalidateQueries({ queryKey: q.queryKey, exact: true })
    }))
  }))
}
