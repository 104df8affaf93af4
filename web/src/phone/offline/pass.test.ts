import { expect, test } from 'vitest'
import { ApiError } from '../../api/client'
import type { Action } from './outbox'
import { pass, type Fate } from './pass'

/** A server that answers by the name of the action, and the outbox before it. */
class Phone {
  waiting: Action[] = []
  arrived: string[] = []
  tried = 0
  now = 1_800_000_000_000
  answers: Record<string, number | string | Error> = {}

  does(visit: string, ...kinds: Action['kind'][]) {
    for (const kind of kinds) {
      this.waiting.push({
        id: this.waiting.length + 1, person: 1, local: visit, kind, customer: 1, name: `${visit}.${kind}`,
        key: `${visit}.${kind}`, at: '', body: {},
      })
    }
    return this
  }

  async pass() {
    this.tried = 0
    await pass([...this.waiting], () => this.now, async (a) => {
      this.tried++
      const wrong = this.answers[a.name]
      if (wrong instanceof Error) throw wrong
      if (typeof wrong === 'number') throw new ApiError(wrong, { code: wrong === 500 ? 'server.fault' : '', incident: 'abcd' })
      if (wrong) throw new ApiError(409, { code: wrong })
      this.arrived.push(a.name)
    }, async (a, fate: Fate) => {
      const i = this.waiting.findIndex((w) => w.id === a.id)
      if ('sent' in fate) this.waiting.splice(i, 1)
      else this.waiting[i] = { ...a, fault: undefined, ...fate }
    })
    this.now += 15_000
  }

  left = () => this.waiting.map((a) => a.name + (a.refused ? '!' : a.fault ? '?' : ''))
}

test('a fault of the server at one action holds back what hangs on it alone, and passes by itself', async () => {
  const phone = new Phone().does('A', 'in', 'photo', 'out').does('B', 'in', 'out').does('', 'collect')
  phone.answers['A.in'] = 500
  await phone.pass()
  expect(phone.left()).toEqual(['A.in?', 'A.photo', 'A.out'])
  expect(phone.waiting[0]?.key).toBe('A.in')
  phone.answers = {}
  await phone.pass()
  expect(phone.left()).toEqual([])
  expect(phone.arrived.slice(-3)).toEqual(['A.in', 'A.photo', 'A.out'])
})

test('the tries of an action that never comes through become rare', async () => {
  const phone = new Phone().does('A', 'in', 'out')
  phone.answers['A.in'] = 500
  let tries = 0
  for (let i = 0; i < 4 * 60; i++) { // an hour
    await phone.pass()
    tries += phone.tried
  }
  expect(tries).toBeGreaterThan(5)
  expect(tries).toBeLessThan(12)
})

test('a visit that cannot be ended lets none begin, but photos and collections go on', async () => {
  const phone = new Phone().does('A', 'in', 'out').does('B', 'in', 'photo', 'out').does('C', 'in').does('', 'collect')
  phone.answers = { 'A.out': 500, 'B.in': 'visits.open_visit', 'C.in': 'visits.open_visit' }
  await phone.pass()
  expect(phone.left()).toEqual(['A.out?', 'B.in', 'B.photo', 'B.out', 'C.in'])
  expect(phone.arrived).toEqual(['A.in', '.collect'])
  phone.answers = {}
  await phone.pass()
  expect(phone.left()).toEqual([])
})

test('a photo that meets a fault does not hold back the check-out, unless the check-out needs it', async () => {
  const phone = new Phone().does('A', 'in', 'photo', 'out').does('B', 'in')
  phone.answers['A.photo'] = 500
  await phone.pass()
  expect(phone.left()).toEqual(['A.photo?'])
  const needed = new Phone().does('A', 'in', 'photo', 'out').does('B', 'in')
  needed.answers = { 'A.photo': 408, 'A.out': 'visits.step_missing', 'B.in': 'visits.open_visit' }
  await needed.pass()
  expect(needed.left()).toEqual(['A.photo?', 'A.out', 'B.in'])
})

test('what is refused waits for a person, and what hangs on it waits behind', async () => {
  const phone = new Phone().does('A', 'in', 'order', 'out').does('B', 'in', 'step', 'out')
  phone.answers = { 'A.in': 'visits.too_far', 'B.step': 'visits.no_step' }
  await phone.pass()
  expect(phone.left()).toEqual(['A.in!', 'A.order', 'A.out', 'B.step!'])
  const alone = new Phone().does('B', 'in')
  alone.answers['B.in'] = 'visits.open_visit' // of another device: nothing here explains it
  await alone.pass()
  expect(alone.left()).toEqual(['B.in!'])
})

test.each([0, 401, 429, 502, 503])('status %i ends the pass with everything kept', async (status) => {
  const phone = new Phone().does('A', 'in').does('B', 'in')
  phone.answers['A.in'] = status
  await phone.pass()
  expect(phone.left()).toEqual(['A.in', 'B.in'])
  expect(phone.tried).toBe(1)
})

test('a server that fails at everything is asked little, and three bad actions block nothing for ever', async () => {
  const phone = new Phone()
  for (const visit of 'ABCDEFGH') phone.does(visit, 'in')
  for (const visit of 'ABC') phone.answers[`${visit}.in`] = 500
  await phone.pass()
  expect(phone.tried).toBe(3)
  for (let i = 0; i < 3; i++) await phone.pass()
  expect(phone.left()).toEqual(['A.in?', 'B.in?', 'C.in?'])
})
