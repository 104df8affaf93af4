import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { readAgain } from './stale'

// reader shows a noun; each read answers what was true when it was asked, when let go.
function reader(noun: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const world = { truth: 'planned', asked: 0 }
  const waiting: (() => void)[] = []
  const observer = new QueryObserver(client, {
    queryKey: [noun, 7],
    queryFn: () => new Promise<string>((done) => {
      const { truth } = world
      world.asked++
      waiting.push(() => done(truth))
    }),
  })
  const stop = observer.subscribe(() => undefined)
  const answer = async () => {
    waiting.shift()?.()
    await new Promise((r) => setTimeout(r))
  }
  return { client, world, answer, stop, shown: () => observer.getCurrentResult().data }
}

test('a first read that was asked before a change does not hide the change', async () => {
  const { client, world, answer, stop, shown } = reader('day')
  world.truth = 'checked in' // after the day was asked for, before it is answered
  const read = readAgain(client, ['day'])
  void readAgain(client, ['day']) // and an event says so too
  await answer()
  expect(shown()).toBe('planned')
  await answer()
  await read
  expect(shown()).toBe('checked in')
  expect(world.asked).toBe(2)
  stop()
})

test('what was read already is read again once, and other nouns are not', async () => {
  for (const nouns of [['visits', 'day'], undefined]) {
    const { client, world, answer, stop, shown } = reader('day')
    await answer()
    world.truth = 'done'
    await readAgain(client, ['visits'])
    expect(world.asked).toBe(1)
    const read = readAgain(client, nouns)
    await answer()
    await read
    expect(shown()).toBe('done')
    expect(world.asked).toBe(2)
    stop()
  }
})
