import { expect, test } from 'vitest'
import { csv } from './csv'

test('cells with commas and quotes are kept whole', () => {
  expect(csv([['a', 'b,"c"'], [1, 2]])).toBe('\ufeffa,"b,""c"""\r\n1,2\r\n')
})
